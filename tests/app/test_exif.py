"""The camera's notes are read where they make sense, and left out where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ExifTags, Image

from app.cities import describe_place
from app.exif import Notes, read_notes
from app.picture import read_picture

BERLIN: dict[int, object] = {
    ExifTags.GPS.GPSLatitudeRef: "N",
    ExifTags.GPS.GPSLatitude: (52.0, 31.0, 12.0),
    ExifTags.GPS.GPSLongitudeRef: "E",
    ExifTags.GPS.GPSLongitude: (13.0, 24.0, 36.0),
}


def photo(
    path: Path, *, base: dict[int, object], moment: str = "", gps: dict[int, object] | None = None
) -> Path:
    exif = Image.Exif()
    exif.update(base)
    if moment:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = moment
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    Image.new("RGB", (8, 6)).save(path, exif=exif)
    return path


def notes_of(path: Path) -> Notes:
    with Image.open(path) as image:
        return read_notes(image)


def test_date_camera_place_and_orientation_are_read(tmp_path: Path) -> None:
    base: dict[int, object] = {
        ExifTags.Base.Make: "FUJIFILM",
        ExifTags.Base.Model: "X-T5",
        ExifTags.Base.Orientation: 6,
    }

    notes = notes_of(photo(tmp_path / "a.jpg", base=base, moment="2024:05:01 12:30:00", gps=dict(BERLIN)))

    assert notes == Notes(
        taken="2024-05-01T12:30:00", camera="FUJIFILM X-T5", latitude=52.52, longitude=13.41, orientation=6
    )


def test_south_and_west_are_negative(tmp_path: Path) -> None:
    gps = BERLIN | {ExifTags.GPS.GPSLatitudeRef: "S", ExifTags.GPS.GPSLongitudeRef: "W"}

    notes = notes_of(photo(tmp_path / "a.jpg", base={}, gps=gps))

    assert (notes.latitude, notes.longitude) == (-52.52, -13.41)


def test_maker_that_the_model_names_already_is_not_said_twice(tmp_path: Path) -> None:
    base: dict[int, object] = {ExifTags.Base.Make: "Canon", ExifTags.Base.Model: "Canon EOS R6"}

    assert notes_of(photo(tmp_path / "a.jpg", base=base)).camera == "Canon EOS R6"


@pytest.mark.parametrize("moment", ["0000:00:00 00:00:00", "2024:13:01 12:00:00", "yesterday"])
def test_date_that_is_none_is_left_out(tmp_path: Path, moment: str) -> None:
    assert notes_of(photo(tmp_path / "a.jpg", base={}, moment=moment)).taken is None


@pytest.mark.parametrize(
    "latitude",
    [(99.0, 0.0, 0.0), (float("nan"), 0.0, 0.0), (1.0,), "here"],
    ids=["far", "nan", "short", "text"],
)
def test_place_that_is_none_is_left_out(latitude: object) -> None:
    class Fake:
        def getexif(self) -> Image.Exif:
            exif = Image.Exif()
            exif.get_ifd(ExifTags.IFD.GPSInfo).update(BERLIN | {ExifTags.GPS.GPSLatitude: latitude})
            return exif

    notes = read_notes(Fake())  # type: ignore[arg-type]

    assert (notes.latitude, notes.longitude) == (None, None)


def test_picture_without_notes_has_none() -> None:
    assert read_notes(Image.new("RGB", (8, 6))) == Notes()


def test_notes_that_break_the_parser_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (8, 6)).save(path, exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")

    assert read_picture(path, tmp_path / "small.jpg").notes == Notes()


@pytest.mark.parametrize(
    ("latitude", "longitude", "place"),
    [(52.5, 13.4, "Berlin"), (-17.7, 178.0, "2153 km from Auckland"), (0.0, 179.9, "4132 km from Auckland")],
)
def test_place_is_named_by_the_nearest_city(latitude: float, longitude: float, place: str) -> None:
    assert describe_place(latitude, longitude) == place
