"""Which news of jobs workers are to tell: on a page that the app writes and each worker has mapped.

A message would be heard some milliseconds later, by a worker in the middle of its jobs; whoever listens and then
dispatches is to hear of that job.
"""

from __future__ import annotations

import mmap
import os
import struct
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

KINDS: Final = (
    "queued",
    "started",
    "progress",
    "succeeded",
    "retrying",
    "failed",
    "cancelled",
    "batch",
    "output",
)
"""Words of docs/control-channel.md; the place of each is that of its bit."""

_BITS: Final = {kind: 1 << place for place, kind in enumerate(KINDS)}
_PAGE: Final = struct.Struct("@8sQ")  # magic, and one word, which is written and read in one step
_WORD: Final = struct.Struct("@Q")
_WORD_AT: Final = 8
_BRIEF_AT: Final = 32  # from this bit on the word says what is wanted in brief
_MAGIC: Final = b"NRwants1"


class Wanted(Struct, frozen=True, gc=False):
    """What workers are to tell.

    Attributes:
        all: Every one of these kinds.
        brief: Of these the latest, now and then.
    """

    all: frozenset[str] = frozenset()
    brief: frozenset[str] = frozenset()

    @property
    def any(self) -> frozenset[str]:
        """Of which at least the latest is told."""
        return self.all | self.brief

    def joined(self, other: Wanted) -> Wanted:
        """What satisfies both."""
        everything = self.all | other.all
        return Wanted(everything, (self.brief | other.brief) - everything)


NOTHING: Final = Wanted()


def write(path: Path, wanted: Wanted) -> None:
    """Tell all workers that have the page at `path` mapped, and those to come; made if it is not there.

    Written and not mapped: on a full disk a mapped page would end the app.

    Raises:
        OSError: It cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(descriptor, _PAGE.pack(_MAGIC, _bits(wanted.all) | _bits(wanted.brief) << _BRIEF_AT))
    finally:
        os.close(descriptor)


def reader(path: Path) -> Callable[[], Wanted]:
    """What tells, at any time and at no cost of a system call, what is wanted; nothing where there is no page of ours."""
    try:
        with path.open("rb") as file:
            page = mmap.mmap(file.fileno(), _PAGE.size, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # not there, or shorter than a page
        return lambda: NOTHING
    if not page[:].startswith(_MAGIC):
        page.close()
        return lambda: NOTHING
    return _Reader(page).read


class _Reader:
    def __init__(self, page: mmap.mmap) -> None:
        self._page = page
        self._last = (0, NOTHING)  # as it was read; one tuple, since several threads tell

    def read(self) -> Wanted:
        (word,) = _WORD.unpack_from(self._page, _WORD_AT)
        last, wanted = self._last
        if word != last:
            wanted = Wanted(_kinds(word), _kinds(word >> _BRIEF_AT))
            self._last = (word, wanted)
        return wanted


def _bits(kinds: Iterable[str]) -> int:
    return sum(_BITS[kind] for kind in kinds)


def _kinds(bits: int) -> frozenset[str]:
    return frozenset(kind for kind, bit in _BITS.items() if bits & bit)
