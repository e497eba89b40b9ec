"""A child's output: framed in lines, the last ones kept, and batches for whoever listens."""

from __future__ import annotations

from collections import deque
from typing import Final

LONGEST_LINE: Final = 64 * 1024  # bytes; a longer line is cut, and the cut is marked
CUT_MARK: Final = " … (line cut at 64 KiB)"
RING_LINES: Final = 1_000  # lines kept per child
BATCH_LINES: Final = (
    500  # lines that may wait for the next event; of a flood the latest are told, the rest counted
)


class LineFramer:
    """Turns chunks of bytes into lines, across chunk borders."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their ends. A line over 64 KiB comes cut, once."""
        head, *tail = chunk.split(b"\n")
        if not tail:
            return self._grow(head)
        lines = self._close(head)
        lines += tail[:-1]
        self._rest = b""
        return lines + self._grow(tail[-1])

    def flush(self) -> list[bytes]:
        """The last line, if it has no end."""
        rest, self._rest = self._rest, b""
        skipping, self._skipping = self._skipping, False
        return [rest] if rest and not skipping else []

    def _close(self, head: bytes) -> list[bytes]:
        if self._skipping:
            self._skipping = False
            return []
        return [self._rest + head]

    def _grow(self, part: bytes) -> list[bytes]:
        if self._skipping:
            return []
        self._rest += part
        if len(self._rest) <= LONGEST_LINE:
            return []
        # Emitted once; the rest of the line is thrown away as it comes, so memory stays bounded.
        line, self._rest, self._skipping = self._rest, b"", True
        return [line]


def to_text(line: bytes) -> str:
    r"""A line for people: UTF-8 with replacement, the last state of a `\r` progress line, cut if too long."""
    line = line.rstrip(b"\r")
    line = line[line.rfind(b"\r") + 1 :]
    if len(line) > LONGEST_LINE:
        return line[:LONGEST_LINE].decode("utf-8", "replace") + CUT_MARK
    return line.decode("utf-8", "replace")


class OutputStream:
    """One of a child's two output streams.

    Args:
        ring: Shared by both streams of a child: the latest lines, raw.
    """

    def __init__(self, ring: deque[bytes]) -> None:
        self._ring = ring
        self._framer = LineFramer()
        self._batch: deque[bytes] = deque(maxlen=BATCH_LINES)
        self._taken = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take what was read; the lines it completed."""
        lines = self._framer.feed(chunk)
        self._add(lines)
        return lines

    def flush(self) -> None:
        """The stream has ended: a last line without an end counts too."""
        self._add(self._framer.flush())

    def take_batch(self) -> tuple[tuple[str, ...], int]:
        """The latest lines since the last call, and how many older ones were dropped."""
        lines = tuple(to_text(line) for line in self._batch)
        dropped = self._taken - len(lines)
        self._batch.clear()
        self._taken = 0
        return lines, dropped

    @property
    def has_batch(self) -> bool:
        """True if `take_batch` would return something."""
        return bool(self._batch)

    def _add(self, lines: list[bytes]) -> None:
        self._ring.extend(lines[-RING_LINES:])
        self._batch.extend(lines[-BATCH_LINES:])
        self._taken += len(lines)
