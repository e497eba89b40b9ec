"""How many attempts ended, how, and how long they took: counted by a worker in whole words of its scoreboard."""

from __future__ import annotations

import struct
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from mmap import mmap

BOUNDS: Final = (0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Seconds. An attempt counts at the first that it did not exceed, or behind the last."""

_PLACES: Final = len(BOUNDS) + 1
# In the machine's own order, each at a multiple of 8: then a word is written and read in one step, never torn.
_ROW: Final = struct.Struct(f"@{_PLACES}Qd")
SIZE: Final = 2 * _ROW.size


class Durations(Struct, frozen=True, gc=False):
    """How long attempts took.

    Attributes:
        counts: How many, for each of `BOUNDS` and for what took longer.
        seconds: All of them together.
    """

    counts: tuple[int, ...] = (0,) * _PLACES
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """How many attempts."""
        return sum(self.counts)

    def and_one(self, seconds: float) -> Durations:
        """These and another attempt."""
        place = bisect_left(BOUNDS, seconds)
        counts = (count + (at == place) for at, count in enumerate(self.counts))
        return Durations(tuple(counts), self.seconds + seconds)

    def __add__(self, other: Durations) -> Durations:
        """Both together."""
        counts = (mine + its for mine, its in zip(self.counts, other.counts, strict=True))
        return Durations(tuple(counts), self.seconds + other.seconds)


class Tally(Struct, frozen=True, gc=False):
    """The attempts that ended.

    Attributes:
        succeeded: Their jobs are done.
        failed: Whether their jobs run again or not. One that was put back, or cancelled, is in neither.
    """

    succeeded: Durations = Durations()
    failed: Durations = Durations()

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(self.succeeded + other.succeeded, self.failed + other.failed)


class Marks:
    """One row of a tally, as its worker writes it: two words for each attempt, and no system call.

    Args:
        page: The scoreboard.
        at: Where the row begins.
    """

    def __init__(self, page: mmap, at: int) -> None:
        page[at : at + _ROW.size] = bytes(_ROW.size)
        row = memoryview(page)[at : at + _ROW.size]
        self._counts = row[: _PLACES * 8].cast("Q")
        self._seconds = row[_PLACES * 8 :].cast("d")

    def add(self, seconds: float) -> None:
        """An attempt ended that took so long."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[0] += seconds


def marks_at(page: mmap, at: int) -> tuple[Marks, Marks]:
    """An empty tally: for attempts that succeed, and for those that fail."""
    return Marks(page, at), Marks(page, at + _ROW.size)


def tally_at(page: mmap, at: int) -> Tally:
    """What is counted there; while its worker works, it may be one attempt behind in one of the words."""
    succeeded, failed = (
        Durations(words[:-1], words[-1])
        for words in (_ROW.unpack_from(page, at + row) for row in (0, _ROW.size))
    )
    return Tally(succeeded, failed)
