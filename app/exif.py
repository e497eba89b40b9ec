"""What the camera noted in a picture: when, with what, and where."""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from PIL import ExifTags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

_MOMENT: Final = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")

_ORIENTATIONS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """A camera's notes; None is what it did not say, or said in a way that makes no sense.

    Attributes:
        taken: `2024-05-01T12:30:00`, by the camera's own clock, whose zone it seldom knows.
        camera: Maker and model.
        latitude: Degrees, north is positive.
        longitude: Degrees, east is positive.
        orientation: How the camera was held, 1 (upright) to 8; from 5 on width and height change places.
    """

    taken: str | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    orientation: int = 1


def read_notes(image: Image.Image) -> Notes:
    """Read the EXIF of an opened picture; whatever is damaged in it is left out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on damage
            exif = image.getexif()
            details = exif.get_ifd(ExifTags.IFD.Exif)
            gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # noqa: BLE001 - a boundary: cameras and editors write EXIF that breaks parsers anyhow
        return Notes()
    place = _place(gps)
    return Notes(
        taken=_moment(details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)),
        camera=_camera(exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model)),
        latitude=place[0] if place else None,
        longitude=place[1] if place else None,
        orientation=_orientation(exif.get(ExifTags.Base.Orientation)),
    )


def _orientation(value: object) -> int:
    return value if isinstance(value, int) and 1 <= value <= _ORIENTATIONS else 1


def _text(value: object) -> str:
    return str(value).replace("\0", " ").strip() if isinstance(value, str) else ""


def _moment(value: object) -> str | None:
    found = _MOMENT.match(_text(value))
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = found.groups()
        return datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second}").isoformat()
    except ValueError:  # cameras without a set clock write 0000:00:00
        return None


def _camera(make: object, model: object) -> str | None:
    maker, name = _text(make), _text(model)
    if name.casefold().startswith(maker.casefold()):
        return name or None  # "Canon" + "Canon EOS R5" says it twice
    return f"{maker} {name}".strip()


def _place(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):
        return None  # a receiver without a fix writes 0, 0
    return latitude, longitude


def _degrees(parts: Any, reference: object, negative: str, most: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    return round(-value if _text(reference).upper() == negative else value, 6)
