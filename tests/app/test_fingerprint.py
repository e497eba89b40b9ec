"""Fingerprints stay close for the same picture, and near-duplicates are found without missing any."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from app.fingerprint import difference_hash, distance
from app.sample_photos import Samples
from app.similar import bands, close_pairs, groups

FINGERPRINT = st.integers(min_value=0, max_value=2**64 - 1)


def saved_again(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def test_brightness_that_grows_to_the_right_sets_every_bit() -> None:
    slope = Image.linear_gradient("L").rotate(90)

    assert difference_hash(slope) == 2**64 - 1
    assert difference_hash(slope.rotate(180)) == 0


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "CMYK", "P"])
def test_every_mode_of_a_picture_has_a_fingerprint_of_64_bits(mode: str) -> None:
    picture = Image.effect_noise((40, 30), 60).convert(mode)

    assert 0 <= difference_hash(picture) < 2**64


def test_picture_that_was_resized_brightened_and_recoded_stays_close(samples: Samples) -> None:
    with Image.open(samples.good[0]) as original:
        sent_on = original.resize((original.width // 2, original.height // 2))
        sent_on = saved_again(ImageEnhance.Brightness(sent_on).enhance(1.1), 55)

        assert distance(difference_hash(original), difference_hash(sent_on)) <= 6


@given(FINGERPRINT, st.integers(min_value=1, max_value=17))
def test_bands_hold_every_bit_once(fingerprint: int, count: int) -> None:
    joined = 0
    for number, value in bands(fingerprint, count):
        joined |= value << 64 * number // count

    assert joined == fingerprint


@given(
    FINGERPRINT,
    st.lists(st.sets(st.integers(min_value=0, max_value=63), max_size=9), max_size=12),
    st.integers(min_value=0, max_value=16),
)
def test_every_close_pair_is_found_and_no_other(start: int, flips: list[set[int]], most: int) -> None:
    photos = {"start": start}
    for number, places in enumerate(flips):
        photos[f"photo {number}"] = start ^ sum(1 << place for place in places)

    found = {frozenset(pair) for pair in close_pairs(photos, most)}

    assert found == {
        frozenset((one, other))
        for one, other in combinations(photos, 2)
        if distance(photos[one], photos[other]) <= most
    }


def test_photos_that_look_alike_by_way_of_a_third_are_one_group_and_the_largest_comes_first() -> None:
    photos = {"lone": 2**63 - 1 << 1, "a": 0b0, "x": 0xFF << 40, "b": 0b11, "c": 0b1111, "y": 0xFE << 40}

    assert groups(photos, most=2) == [["a", "b", "c"], ["x", "y"]]


def test_near_copy_is_grouped_with_its_original(samples: Samples) -> None:
    fingerprints = {}
    for path in samples.good:
        with Image.open(path) as image:
            fingerprints[path.name] = difference_hash(image)

    (copy,) = samples.copies
    (pair,) = groups(fingerprints)
    assert pair[1:] == [copy.name] or pair[:1] == [copy.name]
    assert {name.partition(" (copy")[0].partition(".")[0] for name in pair} == {
        copy.name.partition(" (copy")[0]
    }
