"""Near-duplicates: which fingerprints lie close together, found without comparing every pair."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Final

from app.fingerprint import BITS, distance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_DISTANCE: Final = 6  # places; copies that were resized or recoded differ in 0 to 4


def bands(fingerprint: int, count: int) -> Iterator[tuple[int, int]]:
    """Cut a fingerprint into `count` runs of bits, as `(band number, value)`.

    Two fingerprints that differ in fewer places than there are bands agree in at least one of them.
    """
    for number in range(count):
        low, high = BITS * number // count, BITS * (number + 1) // count
        yield number, fingerprint >> low & ((1 << high - low) - 1)


def close_pairs(fingerprints: Mapping[str, int], most: int) -> Iterator[tuple[str, str]]:
    """Every pair whose fingerprints differ in at most `most` places; a pair may come more than once."""
    shelves: dict[tuple[int, int], list[str]] = defaultdict(list)
    for photo, fingerprint in fingerprints.items():
        for band in bands(fingerprint, most + 1):
            shelves[band].append(photo)
    for shelf in shelves.values():
        for one, other in combinations(shelf, 2):
            if distance(fingerprints[one], fingerprints[other]) <= most:
                yield one, other


def groups(fingerprints: Mapping[str, int], *, most: int = DEFAULT_DISTANCE) -> list[list[str]]:
    """Join photos that look alike.

    Args:
        fingerprints: Photo id to fingerprint.
        most: Places in which two neighbours of a group may differ, 0 to 63.

    Returns:
        Groups of two and more, largest first, each in the order of `fingerprints`.
    """
    leader = {photo: photo for photo in fingerprints}

    def find(photo: str) -> str:
        while leader[photo] != photo:
            leader[photo] = leader[leader[photo]]
            photo = leader[photo]
        return photo

    for one, other in close_pairs(fingerprints, most):
        leader[find(other)] = find(one)
    joined: dict[str, list[str]] = defaultdict(list)
    for photo in fingerprints:
        joined[find(photo)].append(photo)
    return sorted((group for group in joined.values() if len(group) > 1), key=len, reverse=True)
