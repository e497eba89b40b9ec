"""One picture file: open it, turn it upright, write its thumbnail, and say clearly what is wrong with a bad one."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from app.exif import Notes, read_notes
from app.fingerprint import difference_hash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
LONG_SIDE: Final = 320  # pixels of a thumbnail
MOST_PIXELS: Final = 250_000_000  # above any camera; a small file that claims more is a decompression bomb
_QUALITY: Final = 82
_UPRIGHT: Final = 1  # EXIF orientations: how the camera was held
_SIDEWAYS: Final = 5  # from here on width and height change places
_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_HEAD: Final = 16  # bytes, enough to tell a picture from a text


class UnreadablePictureError(Exception):
    """A file that is no picture we can read; trying again will not help. The text is for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What one picture file told us: its size in bytes, and width and height in pixels, upright."""

    size: int
    width: int
    height: int
    notes: Notes
    fingerprint: int


def photo_id(path: Path) -> str:
    """Name a file by where it lies, its time and its size: the same until the file changes.

    Raises:
        UnreadablePictureError: The file is gone or may not be looked at.
    """
    with _explaining(path):
        status = path.stat()
    mark = b"%s\0%d\0%d" % (os.fsencode(path), status.st_mtime_ns, status.st_size)
    return f"photo-{hashlib.blake2b(mark, digest_size=12).hexdigest()}"


def read_picture(source: Path, thumbnail: Path) -> Picture:
    """Read a picture and write its thumbnail.

    Args:
        source: A JPEG or PNG file.
        thumbnail: Where the small JPEG goes; it appears whole or not at all.

    Raises:
        UnreadablePictureError: The file is empty, cut off, not a picture, too large, or gone.
        OSError: The disk failed; another try may help.
    """
    with _explaining(source):
        size = source.stat().st_size
        if size == 0:
            raise UnreadablePictureError(f"{readable(source.name)}: the file is empty")
        picture, small = _read(source, size)
    _write_whole(small, thumbnail)  # outside: trouble here is not the picture's
    return picture


@contextmanager
def _explaining(source: Path) -> Iterator[None]:
    """Turn what goes wrong with a file into a sentence for a person."""
    name = readable(source.name)
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = MOST_PIXELS // 1_000_000
        raise UnreadablePictureError(f"{name}: it has more than {limit} megapixels; not opened") from error
    except UnidentifiedImageError as error:
        raise UnreadablePictureError(f"{name}: {_why_unidentified(source)}") from error
    except FileNotFoundError as error:
        raise UnreadablePictureError(f"{name}: the file is gone; it was moved, renamed or deleted") from error
    except PermissionError as error:
        raise UnreadablePictureError(f"{name}: you may not read this file; change its permissions") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's own trouble, not the picture's
        raise UnreadablePictureError(f"{name}: {_why_broken(error)}") from error


def _read(source: Path, size: int) -> tuple[Picture, Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks on damaged EXIF, which nobody can act on
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        Image.MAX_IMAGE_PIXELS = MOST_PIXELS
        image = Image.open(source, formats=("JPEG", "PNG"))
    with image:
        notes = read_notes(image)
        width, height = image.size
        # Lets the JPEG decoder skip detail that the thumbnail cannot show: 8 times less work at 12 megapixels.
        image.draft("RGB", (2 * LONG_SIDE, 2 * LONG_SIDE))
        small: Image.Image = image
        if notes.orientation != _UPRIGHT:
            small = ImageOps.exif_transpose(image)
        if notes.orientation >= _SIDEWAYS:
            width, height = height, width
        small.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        small = _on_white(small)
        picture = Picture(
            size=size, width=width, height=height, notes=notes, fingerprint=difference_hash(small)
        )
        return picture, small


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def _write_whole(image: Image.Image, target: Path) -> None:
    """Write beside the target and rename, so that nobody ever sees half a thumbnail."""
    handle, unfinished = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            image.save(file, "JPEG", quality=_QUALITY)
        os.replace(unfinished, target)  # noqa: PTH105 - the temporary name is plain text
    except BaseException:
        os.unlink(unfinished)  # noqa: PTH108 - the same
        raise


def _why_unidentified(source: Path) -> str:
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_MAGIC):
        return "the beginning of the picture is damaged; copy it again from the camera or card"
    return "this is not a JPEG or PNG picture, only its name says so"


def _why_broken(error: Exception) -> str:
    text = str(error).lower()
    if "truncated" in text or isinstance(error, EOFError):
        return "the file ends early; copy it again from the camera or card"
    return f"the picture's data is damaged ({error}); copy it again from the camera or card"


def readable(name: str) -> str:
    """A file name for people and for JSON, also where its bytes are not valid text."""
    return os.fsencode(name).decode("utf-8", "replace")
