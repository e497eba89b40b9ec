"""What a worker does right now and has done, on a memory-mapped page: costs it no system call, and outlives it."""

from __future__ import annotations

import mmap
import os
import struct
from binascii import crc32
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct
from msgspec.structs import astuple

from native_runtime.queue import tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime.queue.tally import Tally

T = TypeVar("T")

_MAGIC: Final = b"NRboard3"
_HEADER: Final = struct.Struct("<8sQ")  # magic, sequence number of the newest note
_NOTE: Final = struct.Struct("<I12sIQdd256s224s256s")  # the fields of a reading, in order
_SLOTS: Final = (64, 1024)  # the note of an even, and of an odd sequence number
_SEQUENCE: Final = struct.Struct("<Q")
_SEQUENCE_AT: Final = 8
_TALLY_AT: Final = 2048
_END_AT: Final = _TALLY_AT + tally.SIZE  # where the list of finished jobs ends, counted from its beginning
_END: Final = struct.Struct("<I")
_FINISHED_AT: Final = _END_AT + 8
_FINISHED: Final = struct.Struct("<HiQdI")  # length of id and result (-1 is none), token, seconds, checksum
SIZE: Final = 16384
_MASK: Final = 0xFFFFFFFF
_LOOKS: Final = 50  # at a worker that writes without pause, until a look is not torn


class ScoreboardReading(Struct, frozen=True, gc=False):
    """One note of a worker.

    Attributes:
        pid: The worker's pid.
        state: `starting`, `idle`, `busy`, or `settling`: the job is over, the store does not know it yet.
        attempt: Of the job it runs; 1 is the first.
        token: Of its claim.
        started: Monotonic seconds when the job began; 0.0 if none runs.
        timeout: Seconds the attempt may take.
        worker: The id under which it claims.
        job_id: What it runs, or has run and not settled; empty if nothing.
        job: That job's name, cut if very long.
    """

    pid: int = 0
    state: str = "starting"
    attempt: int = 0
    token: int = 0
    started: float = 0.0
    timeout: float = 0.0
    worker: str = ""
    job_id: str = ""
    job: str = ""

    @property
    def is_busy(self) -> bool:
        """True while a job runs."""
        return self.state == "busy"

    @property
    def holds_job(self) -> bool:
        """True from a job's start until it is settled."""
        return self.state in ("busy", "settling")


class FinishedJob(Struct, frozen=True, gc=False):
    """A job that a worker has run well and the store may not know of yet.

    Attributes:
        result: As it is to be stored.
        runtime: Seconds it took.
    """

    result: bytes | None
    runtime: float


class Scoreboard:
    """The worker's side: writes notes, and lists the jobs that are done and not settled yet.

    A note is written into the slot that readers do not look at, and then made the newest by one number; so is the
    list longer only once an entry is whole. So a worker that is killed in the middle leaves what was before.

    Attributes:
        succeeded: Counts attempts that succeeded.
        failed: Counts those that failed.
    """

    def __init__(self, page: mmap.mmap) -> None:
        self._page = page
        self._sequence = 0
        self.succeeded, self.failed = tally.marks_at(page, _TALLY_AT)
        page[: _HEADER.size] = _HEADER.pack(_MAGIC, 0)
        _END.pack_into(page, _END_AT, 0)
        page[_SLOTS[0] : _SLOTS[0] + _NOTE.size] = _packed(ScoreboardReading())
        self._end = 0

    @staticmethod
    def create(path: Path) -> None:
        """Make an empty board for a worker that is about to start; replaces an earlier one."""
        path.write_bytes(bytes(SIZE))

    @classmethod
    def open(cls, path: Path) -> Scoreboard:
        """Open the board at `path`; made if it is not there.

        Raises:
            OSError: The file cannot be made or mapped, or the disk has no room for it; nothing is left of it.
        """
        try:
            return cls(_mapped(path))
        except OSError:
            with suppress(OSError):
                path.unlink()  # half a board is of use to nobody
            raise

    def note(self, reading: ScoreboardReading) -> None:
        """Write down what the worker does."""
        sequence = self._sequence + 1
        at = _SLOTS[sequence & 1]
        self._page[at : at + _NOTE.size] = _packed(reading)
        _SEQUENCE.pack_into(self._page, _SEQUENCE_AT, sequence)
        self._sequence = sequence

    def finished(self, job_id: str, token: int, result: bytes | None, runtime: float) -> bool:
        """List a job as done: should this process die now, it counts as settled. False if there is no room."""
        name = job_id.encode()
        size = -1 if result is None else len(result)
        texts = name + (result or b"")
        entry = _FINISHED.pack(len(name), size, token, runtime, crc32(texts, token & _MASK)) + texts
        at = _FINISHED_AT + self._end
        if at + len(entry) > SIZE:
            return False
        self._page[at : at + len(entry)] = entry
        self._end += len(entry)
        _END.pack_into(self._page, _END_AT, self._end)
        return True

    def settled(self) -> None:
        """The store knows of all that were listed."""
        if self._end:
            self._end = 0
            _END.pack_into(self._page, _END_AT, 0)


def _mapped(path: Path) -> mmap.mmap:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        # A hole gets its blocks when the map is first written to, and a disk that is full then answers with SIGBUS.
        rest = memoryview(bytes(SIZE))
        while rest:
            rest = rest[os.write(descriptor, rest) :]  # the last blocks of a disk take a part
        os.ftruncate(descriptor, SIZE)
        return mmap.mmap(descriptor, SIZE)
    finally:
        os.close(descriptor)


def read_finished(path: Path) -> dict[tuple[str, int], FinishedJob]:
    """What a worker, which must be dead, has done and perhaps not settled, by job id and token."""
    try:
        page = path.read_bytes()
    except OSError:
        return {}
    if len(page) != SIZE or not page.startswith(_MAGIC):
        return {}
    found = {}
    at, end = _FINISHED_AT, min(SIZE, _FINISHED_AT + _END.unpack_from(page, _END_AT)[0])
    while at + _FINISHED.size <= end:
        name, size, token, runtime, checksum = _FINISHED.unpack_from(page, at)
        at += _FINISHED.size
        texts = page[at : at + name + max(0, size)]
        if crc32(texts, token & _MASK) != checksum:
            break  # a power cut may leave pages of different times: what is not whole is not believed
        found[texts[:name].decode(), token] = FinishedJob(None if size < 0 else texts[name:], runtime)
        at += len(texts)
    return found


def read(path: Path) -> ScoreboardReading | None:
    """The newest note on a board; None if there is none, or it is not one of ours."""
    return _looked_at(path, _note_of)


def look(path: Path) -> tuple[ScoreboardReading | None, Tally | None]:
    """The newest note and the counts, in one look at a board; None for each that is not there."""
    return _looked_at(path, lambda page: (_note_of(page), _tally_of(page))) or (None, None)


def _looked_at(path: Path, take: Callable[[mmap.mmap], T]) -> T | None:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), SIZE, access=mmap.ACCESS_READ) as page:
            return take(page)
    except (OSError, ValueError):  # not there, or shorter than a board
        return None


def _note_of(page: mmap.mmap) -> ScoreboardReading | None:
    for _look in range(_LOOKS):
        magic, sequence = _HEADER.unpack_from(page)
        if magic != _MAGIC:
            return None
        note = _NOTE.unpack_from(page, _SLOTS[sequence & 1])
        if _HEADER.unpack_from(page)[1] == sequence:
            return _unpacked(note)
    return None


def _tally_of(page: mmap.mmap) -> Tally | None:
    return tally.tally_at(page, _TALLY_AT) if _HEADER.unpack_from(page)[0] == _MAGIC else None


def _packed(reading: ScoreboardReading) -> bytes:
    pid, state, attempt, token, started, timeout, worker, job_id, job = astuple(reading)
    texts = (worker.encode(), job_id.encode(), job.encode())
    return _NOTE.pack(pid, state.encode(), attempt, token, started, timeout, *texts)


def _unpacked(note: tuple[int | float | bytes, ...]) -> ScoreboardReading:
    return ScoreboardReading(*(_text(each) if isinstance(each, bytes) else each for each in note))  # type: ignore[arg-type]  # the struct has the fields' types


def _text(field: bytes) -> str:
    # A text that was too long was cut, perhaps inside a character.
    return field.rstrip(b"\0").decode("utf-8", "ignore")
