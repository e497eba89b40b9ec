"""Makes a folder of lifelike photos, good and bad ones, to try the desk with: `python -m app.sample_photos DIR`."""

from __future__ import annotations

import argparse
import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from app.cities import CITIES

if TYPE_CHECKING:
    from collections.abc import Sequence

_SKETCH: Final = (120, 90)  # pixels; the scene is drawn small and enlarged, as a soft background
_QUALITY: Final = 88
_CAMERAS: Final = (
    ("Canon", "Canon EOS R6"),
    ("FUJIFILM", "X-T5"),
    ("Apple", "iPhone 15"),
    ("SONY", "ILCE-7M4"),
)
_ORIENTATIONS: Final = (1, 1, 1, 6, 1, 8)
_NAMES: Final = ("Ferien am Meer", "写真 東京", "Прогулка", "été à Nice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Which files were written: pictures that can be read, of these the near-copies, and broken files."""

    good: tuple[Path, ...]
    copies: tuple[Path, ...]
    broken: tuple[Path, ...]


def make_samples(folder: Path, *, count: int, megapixels: float, seed: int = 1) -> Samples:
    """Write `count` files into `folder`, always the same for the same arguments.

    About one in twenty is a near-copy of another, one in forty is cut off; one is empty and one is a text
    with a picture's name, if `count` is at least 6.

    Args:
        folder: Made if it is not there.
        count: How many files.
        megapixels: Size of each picture.
        seed: Starts the randomness.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)  # noqa: S311 - pictures, not secrets
    broken_count = 2 + max(1, count // 40) if count >= len(_NAMES) + 2 else 0
    copy_count = max(1, count // 20) if count > broken_count + 1 else 0
    scenes = Scenes(megapixels, chance)
    good = [
        scenes.write(folder / _name(number), number) for number in range(count - broken_count - copy_count)
    ]
    copies = [_write_copy(chance.choice(good), number) for number in range(copy_count)]
    broken = _write_broken(folder, good[0], broken_count) if broken_count else []
    return Samples(good=(*good, *copies), copies=tuple(copies), broken=tuple(broken))


class Scenes:
    """Paints pictures that differ, over one grain that they share: noise is slow to make and hard to compress.

    Args:
        megapixels: Size of each picture, 4 to 3.
        chance: Where the differences come from.
    """

    def __init__(self, megapixels: float, chance: random.Random) -> None:
        height = round(math.sqrt(megapixels * 1e6 * 3 / 4))
        self._size = (height * 4 // 3, height)
        self._chance = chance
        noise = Image.effect_noise((512, 512), 24).convert("RGB")
        grain = Image.new("RGB", self._size)
        for left in range(0, self._size[0], 512):
            for top in range(0, self._size[1], 512):
                grain.paste(noise, (left, top))
        self._grain = grain

    def write(self, path: Path, number: int) -> Path:
        """Paint picture `number` and save it as JPEG with EXIF."""
        scene = self._sketch().resize(self._size, Image.Resampling.BILINEAR)
        scene = ImageChops.add(scene, self._grain, offset=-128)
        scene.save(path, "JPEG", quality=_QUALITY, exif=self._exif(number))
        return path

    def _sketch(self) -> Image.Image:
        chance, (width, height) = self._chance, _SKETCH
        sky, ground = self._colour(120, 240), self._colour(20, 140)
        slope = Image.linear_gradient("L").resize(_SKETCH).rotate(chance.choice((0, 0, 90, 180)))
        sketch = Image.composite(
            Image.new("RGB", _SKETCH, ground), Image.new("RGB", _SKETCH, sky), slope.resize(_SKETCH)
        )
        draw = ImageDraw.Draw(sketch)
        for _ in range(chance.randint(3, 6)):
            left, top = chance.randint(-20, width - 20), chance.randint(-10, height - 10)
            box = (left, top, left + chance.randint(15, 70), top + chance.randint(15, 60))
            chance.choice((draw.ellipse, draw.rectangle))(box, fill=self._colour(30, 255))
        hills = [(x, chance.randint(height // 2, height - 8)) for x in range(0, width + 24, 24)]
        draw.polygon([(0, height), *hills, (width, height)], fill=ground)
        return sketch.filter(ImageFilter.GaussianBlur(1.2))

    def _colour(self, low: int, high: int) -> tuple[int, int, int]:
        chance = self._chance
        return (chance.randint(low, high), chance.randint(low, high), chance.randint(low, high))

    def _exif(self, number: int) -> Image.Exif:
        chance = self._chance
        exif = Image.Exif()
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = _CAMERAS[number % len(_CAMERAS)]
        exif[ExifTags.Base.Orientation] = _ORIENTATIONS[number % len(_ORIENTATIONS)]
        moment = (
            f"2024:{chance.randint(1, 12):02}:{chance.randint(1, 28):02} {chance.randint(6, 21):02}:30:00"
        )
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = moment
        if number % 3 == 0:
            exif.get_ifd(ExifTags.IFD.GPSInfo).update(_gps(chance))
        return exif


def _gps(chance: random.Random) -> dict[int, object]:
    city = chance.choice(CITIES)
    latitude, longitude = (
        city.latitude + chance.uniform(-0.5, 0.5),
        city.longitude + chance.uniform(-0.5, 0.5),
    )
    return {
        ExifTags.GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
        ExifTags.GPS.GPSLatitude: _sexagesimal(abs(latitude)),
        ExifTags.GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
        ExifTags.GPS.GPSLongitude: _sexagesimal(abs(longitude)),
    }


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes = degrees % 1 * 60
    return (float(int(degrees)), float(int(minutes)), round(minutes % 1 * 60, 2))


def _name(number: int) -> str:
    return f"{_NAMES[number]}.jpg" if number < len(_NAMES) else f"IMG_{number:04}.JPG"


def _write_copy(original: Path, number: int) -> Path:
    """The same picture as somebody sends it on: smaller, a little brighter, saved again."""
    copy = original.with_name(f"{original.stem} (copy {number + 1}).jpeg")
    with Image.open(original) as image:
        exif = image.getexif()
        smaller = image.resize((image.width * 2 // 3, image.height * 2 // 3), Image.Resampling.BILINEAR)
    ImageEnhance.Brightness(smaller).enhance(1.06).save(copy, "JPEG", quality=_QUALITY - 20, exif=exif)
    return copy


def _write_broken(folder: Path, good: Path, count: int) -> list[Path]:
    whole = good.read_bytes()
    contents = [("empty.jpg", b""), ("notes.jpg", b"Bring sun cream and the small tripod.\n")]
    for number in range(count - len(contents)):
        kept = len(whole) * (number + 4) // (count + 4)
        contents.append((f"cut off {number + 1}.jpg", whole[:kept]))
    for name, content in contents:
        (folder / name).write_bytes(content)
    return [folder / name for name, _ in contents]


def main(words: Sequence[str] | None = None) -> None:
    """Read the command line and write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m app.sample_photos", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200, help="files to write (200)")
    parser.add_argument("--megapixels", type=float, default=12, help="size of each picture (12)")
    options = parser.parse_args(words)
    samples = make_samples(options.folder, count=options.count, megapixels=options.megapixels)
    sys.stdout.write(
        f"{options.folder}: {len(samples.good)} pictures, {len(samples.copies)} of them near-copies, "
        f"and {len(samples.broken)} broken files\n"
    )


if __name__ == "__main__":
    main()
