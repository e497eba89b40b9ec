"""The pipes between the app and one child on Linux and macOS, and what the loop makes of them: inboxes and outboxes."""

from __future__ import annotations

import fcntl
import os
import sys
from collections import deque
from typing import TYPE_CHECKING, Final

from native_runtime import environment

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

assert sys.platform != "win32"  # noqa: S101 - type checkers for Windows skip what follows

READ_SIZE: Final = 256 * 1024  # bytes a read may return; as much as stays in a processor's cache
LAST_WORDS: Final = 1024 * 1024  # bytes still read from a pipe whose child has ended
NARROW: Final = 64 * 1024  # bytes a pipe holds by default
WIDE: Final = 1024 * 1024  # bytes it may hold at most, without a privilege
REST: Final = 0.001  # seconds between two reads of a pipe that can be widened


class Pipes:
    """All pipes between the app and one child. The child's control ends keep their numbers in the child."""

    def __init__(self, *, control: bool) -> None:
        self._ours: list[int] = []
        self._childs: list[int] = []
        self.child_control: tuple[int, ...] = ()
        try:
            self.child_stdin, self.stdin = self._open(child_reads=True)
            self.child_stdout, self.stdout = self._open(child_reads=False)
            self.child_stderr, self.stderr = self._open(child_reads=False)
            if control:
                child_read, self.control_write = self._open(child_reads=True)
                child_write, self.control_read = self._open(child_reads=False)
                self.child_control = (child_read, child_write)
        except OSError:
            self.close_ours()
            self.close_childs()
            raise

    @property
    def told_to_child(self) -> dict[str, str]:
        """The environment variable that names the child's control ends."""
        return {environment.CONTROL: ",".join(map(str, self.child_control))} if self.child_control else {}

    def close_ours(self) -> None:
        for fd in self._ours:
            os.close(fd)

    def close_childs(self) -> None:
        for fd in self._childs:
            os.close(fd)

    def _open(self, *, child_reads: bool) -> tuple[int, int]:
        read, write = os.pipe()
        child, own = (read, write) if child_reads else (write, read)
        self._childs.append(child)
        self._ours.append(own)
        os.set_blocking(own, False)
        return child, own


class Inbox:
    """Bytes that come out of a pipe, as long as anybody has its other end.

    What comes after a silence is read at once. Then a reader of output rests, so that a flood comes in large
    pieces and neither side is woken for every line: 1.35 to 1.5 times as much comes through.

    Args:
        loop: Calls `take`.
        fd: Not blocking.
        take: Gets what was read.
        rests: It is worth more to get much at a time than to get it within the millisecond.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, fd: int, take: Callable[[bytes], None], *, rests: bool
    ) -> None:
        self._loop = loop
        self._fd = fd
        self._take = take
        self._rests = rests and sys.platform == "linux"
        self._resting: asyncio.TimerHandle | None = None
        self._size = NARROW

    def begin(self) -> None:
        """Read what comes, from now on."""
        self._resting = None
        self._loop.add_reader(self._fd, self._readable)

    def close(self) -> None:
        """Read no more. Harmless twice."""
        if self._fd >= 0:
            if self._resting:
                self._resting.cancel()
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def read_last_words(self) -> None:
        """Take what a child that has ended left in the pipe; somebody else may hold it open and write on."""
        left = LAST_WORDS
        while self._fd >= 0 and left > 0 and (chunk := self._read()):
            left -= len(chunk)
            self._take(chunk)

    def _readable(self) -> None:
        chunk = self._read()
        if chunk is None:
            return
        if not chunk:
            self.close()
            return
        if self._rests:
            self._pace(len(chunk))
        self._take(chunk)

    def _read(self) -> bytes | None:
        """What is there; empty at its end, None if nothing is there yet."""
        try:
            return os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _pace(self, size: int) -> None:
        # Wide only while it floods: all pipes of a user share a budget (64 MB on Linux), and who comes after
        # it is spent gets pipes of a page. A pipe with small writes is full when it holds half its size.
        if size >= NARROW // 2:
            self._resize(WIDE)
        elif size < NARROW // 16:
            self._resize(NARROW)
        if self._rests and size < READ_SIZE:
            self._loop.remove_reader(self._fd)
            self._resting = self._loop.call_later(REST, self.begin)

    def _resize(self, size: int) -> None:
        if sys.platform != "linux" or size == self._size:
            return
        try:
            fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, size)
        except OSError:
            # Over the budget: a narrow pipe would be full long before the rest is over. Or, where a wide one
            # could not be made narrow, it holds more by now: it is still a flood.
            self._rests = self._size == WIDE
        else:
            self._size = size


class Outbox:
    """Bytes on their way into a pipe that may be full; written when there is room, never blocking."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int) -> None:
        self._loop = loop
        self._fd = fd
        self._waiting: deque[bytes] = deque()

    @property
    def waiting(self) -> int:
        """Bytes that are not in the pipe yet."""
        return sum(map(len, self._waiting))

    def send(self, data: bytes) -> bool:
        """Queue `data`; False if nobody can read it any more."""
        if self._fd < 0:
            return False
        self._waiting.append(data)
        return self._drain()

    def close(self) -> None:
        """Drop what waits. Harmless twice."""
        self._waiting.clear()
        if self._fd >= 0:
            self._loop.remove_writer(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _drain(self) -> bool:
        try:
            while self._waiting:
                data = self._waiting[0]
                written = os.write(self._fd, data)
                if written == len(data):
                    self._waiting.popleft()
                else:
                    self._waiting[0] = data[written:]
        except BlockingIOError:
            self._loop.add_writer(self._fd, self._drain)
            return True
        except OSError:  # the other side is gone; its exit is told elsewhere
            self.close()
            return False
        self._loop.remove_writer(self._fd)
        return True
