"""A child's output: framed in lines, the last ones kept, and batches for whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.processes.ring import Ring

LONGEST_LINE: Final = 64 * 1024  # bytes; a longer line is cut, and the cut is marked
CUT_MARK: Final = " … (line cut at 64 KiB)"
RING_LINES: Final = 1_000  # lines kept per child …
RING_BYTES: Final = 128 * 1024  # … as far as they fit
# Of a flood the latest lines are told, the rest counted. Twenty events a second, each with more lines than a
# window shows, are enough for whoever looks on; whoever wants all of them reads the log file.
BATCH_LINES: Final = 200
BATCH_BYTES: Final = 32 * 1024  # and the line that crosses this border


class LineFramer:
    """Turns chunks of bytes into whole lines, across chunk borders."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, chunk: bytes) -> bytes:
        """The lines that `chunk` completes, each with its end. One that grows over 64 KiB comes cut, once."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            return self._grow(chunk)
        lines = self._close(chunk[:end])
        self._rest = b""
        return lines + self._grow(chunk[end:])

    def flush(self) -> bytes:
        """The last line, if it has no end; it is given one."""
        rest, self._rest = self._rest, b""
        self._skipping = False
        return rest and rest + b"\n"

    def _close(self, lines: bytes) -> bytes:
        if self._skipping:
            self._skipping = False
            return lines[lines.index(b"\n") + 1 :]
        return self._rest + lines

    def _grow(self, part: bytes) -> bytes:
        if self._skipping:
            return b""
        self._rest += part
        if len(self._rest) <= LONGEST_LINE:
            return b""
        # Emitted once; the rest of the line is thrown away as it comes, so memory stays bounded.
        line, self._rest, self._skipping = self._rest, b"", True
        return line + b"\n"


class Tail:
    """The latest lines of what may never end: those that touch its last `limit` bytes.

    Kept as one piece and split when somebody asks, for of a flood hardly any line is ever asked for.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._text = bytearray()

    def add(self, lines: bytes) -> None:
        """Append whole lines."""
        self._text += lines[self._start(lines) :]
        if len(self._text) > 2 * self._limit:  # not each time: what stays is moved
            del self._text[: self._start(self._text)]

    def latest(self, count: int) -> tuple[str, ...]:
        """At most so many lines, oldest first."""
        lines = self._text[self._start(self._text) :].split(b"\n")[:-1]
        return tuple(map(to_text, lines[max(0, len(lines) - count) :]))

    def clear(self) -> None:
        """Keep nothing."""
        self._text.clear()

    def _start(self, text: bytes | bytearray) -> int:
        return text.rfind(b"\n", 0, max(0, len(text) - self._limit)) + 1


def to_text(line: bytes | bytearray) -> str:
    r"""A line for people: UTF-8 with replacement, the last state of a `\r` progress line, cut if too long."""
    line = line.rstrip(b"\r")
    line = line[line.rfind(b"\r") + 1 :]
    if len(line) > LONGEST_LINE:
        return line[:LONGEST_LINE].decode("utf-8", "replace") + CUT_MARK
    return line.decode("utf-8", "replace")


class OutputStream:
    """One of a child's two output streams.

    Args:
        ring: Shared by both streams of a child: the latest lines.
        is_error: It is stderr.
    """

    def __init__(self, ring: Ring, *, is_error: bool = False) -> None:
        self._ring = ring
        self._is_error = is_error
        self._framer = LineFramer()
        self._batch = Tail(BATCH_BYTES)
        self._taken = 0

    def feed(self, chunk: bytes) -> bytes:
        """Take what was read; the lines it completed."""
        lines = self._framer.feed(chunk)
        self._add(lines)
        return lines

    def flush(self) -> None:
        """The stream has ended: a last line without an end counts too."""
        self._add(self._framer.flush())

    def take_batch(self) -> tuple[tuple[str, ...], int]:
        """The latest lines since the last call, and how many older ones were dropped."""
        lines = self._batch.latest(BATCH_LINES)
        dropped = self._taken - len(lines)
        self._batch.clear()
        self._taken = 0
        return lines, dropped

    @property
    def has_batch(self) -> bool:
        """True if `take_batch` would return something."""
        return self._taken > 0

    def _add(self, lines: bytes) -> None:
        if lines:
            count = lines.count(b"\n")
            self._ring.add(lines, count, is_error=self._is_error)
            self._batch.add(lines)
            self._taken += count
