"""Pictures become thumbnails, and a file that is none says so in words for a person."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from app import picture
from app.picture import UnreadablePictureError, photo_id, read_picture
from app.sample_photos import Samples


def thumbnail(tmp_path: Path) -> Path:
    return tmp_path / "small.jpg"


@pytest.mark.parametrize(
    ("orientation", "size", "small"), [(1, (900, 600), (320, 213)), (3, (900, 600), (320, 213)),
                                       (6, (600, 900), (213, 320)), (8, (600, 900), (213, 320))],
)  # fmt: skip
def test_picture_is_turned_upright(
    tmp_path: Path, orientation: int, size: tuple[int, int], small: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.linear_gradient("L").resize((900, 600)).convert("RGB").save(tmp_path / "a.jpg", exif=exif)

    read = read_picture(tmp_path / "a.jpg", thumbnail(tmp_path))

    assert (read.width, read.height) == size
    with Image.open(thumbnail(tmp_path)) as image:
        assert image.size == small
        assert "exif" not in image.info  # or browsers would turn it once more


def test_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "a.png")

    read_picture(tmp_path / "a.png", thumbnail(tmp_path))

    with Image.open(thumbnail(tmp_path)) as image:
        assert image.size == (20, 10)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_of_png_is_read_and_what_is_clear_becomes_white(tmp_path: Path, mode: str) -> None:
    source = tmp_path / "a.png"
    if mode in {"LA", "RGBA"}:
        Image.new(mode, (9, 9)).save(source)
    else:
        Image.new(mode, (9, 9), 1).save(source)

    read_picture(source, thumbnail(tmp_path))

    with Image.open(thumbnail(tmp_path)) as image:
        assert image.mode == "RGB"
        if mode in {"LA", "RGBA"}:
            assert image.getpixel((4, 4)) == (255, 255, 255)


def test_each_broken_sample_says_what_is_wrong(tmp_path: Path, samples: Samples) -> None:
    said = {}
    for path in samples.broken:
        with pytest.raises(UnreadablePictureError) as caught:
            read_picture(path, thumbnail(tmp_path))
        said[path.name] = str(caught.value)

    assert said == {
        "empty.jpg": "empty.jpg: the file is empty",
        "notes.jpg": "notes.jpg: this is not a JPEG or PNG picture, only its name says so",
        "cut off 1.jpg": "cut off 1.jpg: the file ends early; copy it again from the camera or card",
    }
    assert list(tmp_path.iterdir()) == []  # no half thumbnail is left


@pytest.mark.parametrize("kept", [3, 12, 40, 200, 0.3, 0.9])
def test_picture_cut_anywhere_is_refused(tmp_path: Path, kept: float) -> None:
    for suffix in ("jpg", "png"):
        whole = tmp_path / f"a.{suffix}"
        Image.effect_noise((300, 200), 50).save(whole)
        content = whole.read_bytes()
        whole.write_bytes(content[: int(kept if kept > 1 else len(content) * kept)])

        with pytest.raises(UnreadablePictureError, match=rf"a\.{suffix}: .*(ends early|damaged|not a JPEG)"):
            read_picture(whole, thumbnail(tmp_path))


def test_file_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    for look in (photo_id, lambda path: read_picture(path, thumbnail(tmp_path))):
        with pytest.raises(UnreadablePictureError, match=r"lost\.jpg: the file is gone"):
            look(tmp_path / "lost.jpg")


def test_picture_that_claims_too_many_pixels_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 2_000_000)
    Image.new("L", (2001, 1000)).save(tmp_path / "bomb.png")

    with pytest.raises(UnreadablePictureError, match=re.escape("bomb.png: it has more than 2 megapixels")):
        read_picture(tmp_path / "bomb.png", thumbnail(tmp_path))


def test_trouble_of_the_disk_is_not_blamed_on_the_picture(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")

    with pytest.raises(OSError, match="no such folder"):
        read_picture(tmp_path / "a.png", tmp_path / "no such folder" / "small.jpg")


def test_id_changes_with_the_file_only(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    first = photo_id(path)

    assert photo_id(path) == first
    path.write_bytes(b"other")
    second = photo_id(path)
    assert second != first
    os.utime(path, ns=(1, 1))
    assert photo_id(path) != second
