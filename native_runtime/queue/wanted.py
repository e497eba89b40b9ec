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
    from collections.abc import Iterable
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
_PAGE: Final = struct.Struct("@8sQ")  # magic, and one word, which systems write and read in one step
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


class WantedPage:
    """The app's side: written and not mapped, since on a full disk a mapped page would end the app.

    It stays open: who has no descriptor left can still tell, and so can who lost the folder.

    Args:
        path: Where it is made, unless it is there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def write(self, wanted: Wanted) -> None:
        """Tell all workers, those to come included.

        Raises:
            OSError: It cannot be written.
        """
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self._path, flags, 0o600)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, _PAGE.pack(_MAGIC, _bits(wanted.all) | _bits(wanted.brief) << _BRIEF_AT))

    def close(self) -> None:
        """Write no more. Harmless twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class WantedReader:
    """A worker's side: tells at any time, and at no cost of a system call, what is wanted.

    Args:
        path: Of the page. As long as there is none, it is looked for at each read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._page = _mapped(path)
        self._last = (0, NOTHING)  # as it was read; one tuple, since several threads tell

    def read(self) -> Wanted:
        """What is wanted now; nothing where there is no page of ours."""
        if self._page is None:
            self._page = _mapped(self._path)
            if self._page is None:
                return NOTHING
        (word,) = _WORD.unpack_from(self._page, _WORD_AT)
        last, wanted = self._last
        if word != last:
            wanted = Wanted(_kinds(word), _kinds(word >> _BRIEF_AT))
            self._last = (word, wanted)
        return wanted


def _mapped(path: Path) -> mmap.mmap | None:
    try:
        with path.open("rb") as file:
            page = mmap.mmap(file.fileno(), _PAGE.size, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # not there, or shorter than a page
        return None
    if page[:].startswith(_MAGIC):
        return page
    page.close()
    return None


def _bits(kinds: Iterable[str]) -> int:
    return sum(_BITS[kind] for kind in kinds)


def _kinds(bits: int) -> frozenset[str]:
    return frozenset(kind for kind, bit in _BITS.items() if bits & bit)
