"""What the desk keeps of a photo, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo that was read.

    Attributes:
        id: As in `app.jobs.photo_id`; changes when the file does.
        path: Where the file lies.
        size: Bytes.
        width: Pixels, upright.
        height: Pixels, upright.
        fingerprint: 64 bits, unsigned; see `app.fingerprint`.
        taken: As in `app.exif.Notes`, like camera, latitude and longitude.
    """

    id: str
    path: str
    size: int
    width: int
    height: int
    fingerprint: int
    taken: str | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPhoto(Photo):
    """A photo as the catalogue has it.

    Attributes:
        place: Nearest city, once it was looked up.
        changed: Grows with every change in the catalogue; a page asks for what changed after its last.
    """

    place: str | None
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A wanted photo that could not be read. `message` is for a person; `outcome` is the job's."""

    id: str
    path: str
    message: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The latest round of imports in numbers; `done` and `failed` are parts of `total`."""

    total: int
    done: int
    failed: int
