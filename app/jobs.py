"""The desk's jobs. Each stays a plain function, and a repeat of any of them changes nothing."""

from __future__ import annotations

import os
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.library import Catalogue
from app.photo import Photo
from native_runtime import Fail, NotConfiguredError, current_job, job
from native_runtime.environment import DATA_DIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from native_runtime.queue import JobHandle

POLITE_PAUSE: Final = 0.1  # seconds between two questions to a service that is not ours
_THUMBNAILS: Final = "thumbnails"
_AT_ONCE: Final = 50  # photos handed over between two words about the progress
_STRANGE_NAME: Final = "the file's name is not valid text; rename the file and add the folder again"


@job(queue="imports", timeout=600)
def scan_folder(folder: Path) -> int:
    """Find the pictures below a folder and hand each over to be read.

    Returns:
        How many there are.

    Raises:
        Fail: There is no such folder.
    """
    from app.picture import readable

    if not folder.is_dir():
        raise Fail(f"{readable(str(folder))}: there is no such folder")
    found = list(_identified(find_pictures(folder)))
    catalogue = catalogue_of(data_folder())
    catalogue.want((photo, readable(str(path))) for photo, path in found)
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        request([(photo, path) for photo, path in some if _has_plain_name(path)])
        for photo, path in some:
            if not _has_plain_name(path):
                catalogue.refuse(photo, f"{readable(path.name)}: {_STRANGE_NAME}", "failed")
        current_job().progress(
            (start + len(some)) / len(found), f"{start + len(some)} of {len(found)} pictures"
        )
    return len(found)


@job(queue="images", timeout=120)
def import_photo(path: Path) -> str:
    """Read one picture: thumbnail, camera notes and fingerprint.

    Returns:
        The photo's id in the catalogue.

    Raises:
        Fail: The file cannot be read as a picture; says why.
    """
    from app.picture import UnreadablePictureError, photo_id, read_picture

    folder = data_folder()
    try:
        photo = photo_id(path)
        picture = read_picture(path, thumbnail_of(folder, photo))
    except UnreadablePictureError as error:
        raise Fail(str(error)) from error
    notes = picture.notes
    catalogue_of(folder).put(
        Photo(
            id=photo,
            path=str(path),
            size=picture.size,
            width=picture.width,
            height=picture.height,
            fingerprint=picture.fingerprint,
            taken=notes.taken,
            camera=notes.camera,
            latitude=notes.latitude,
            longitude=notes.longitude,
        )
    )
    if notes.latitude is not None:
        locate.options(id=f"place-of-{photo}").dispatch(photo)
    return photo


@job(queue="api", timeout=30)
def locate(photo: str) -> str | None:
    """Find out which city a photo was taken in, as politely as if a service on the net were asked.

    Returns:
        The place, or None if the photo is gone or does not say where it was taken.
    """
    from app.cities import describe_place

    catalogue = catalogue_of(data_folder())
    found = catalogue.find(photo)
    if found is None or found.latitude is None or found.longitude is None:
        return None
    threading.Event().wait(POLITE_PAUSE)
    place = describe_place(found.latitude, found.longitude)
    catalogue.locate(photo, place)
    return place


def request(photos: Sequence[tuple[str, Path]]) -> list[JobHandle[str]]:
    """Ask for photos `(id, path)` to be read. One that was asked for before is not read again."""
    return [import_photo.options(id=photo).dispatch(path) for photo, path in photos]


def find_pictures(folder: Path) -> Iterator[Path]:
    """The picture files below a folder, by name; hidden folders and links to folders are passed by."""
    from app.picture import SUFFIXES

    for parent, folders, files in os.walk(folder.absolute()):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                yield Path(parent, name)


def data_folder() -> Path:
    """Where the desk keeps its things: the runtime's data folder, which its workers inherit.

    Raises:
        NotConfiguredError: This process was not started by a runtime.
    """
    if DATA_DIR not in os.environ:
        raise NotConfiguredError("a job of the photo desk")
    return Path(os.environ[DATA_DIR])


def thumbnail_of(folder: Path, photo: str) -> Path:
    """Where the thumbnail of a photo lies in the data folder."""
    target = folder / _THUMBNAILS
    target.mkdir(parents=True, exist_ok=True)
    return target / f"{photo}.jpg"


def _identified(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    from app.picture import UnreadablePictureError, photo_id

    for path in paths:
        try:
            yield photo_id(path), path
        except UnreadablePictureError:  # it vanished while the folder was read
            continue


def _has_plain_name(path: Path) -> bool:
    """False for a file name whose bytes are no text: it cannot be stored with a job."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def catalogue_of(folder: Path) -> Catalogue:
    """The catalogue in a data folder; opened once in each process."""
    return Catalogue(folder)
