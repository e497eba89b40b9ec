"""Linux and macOS: sessions, signals, and a descriptor that becomes readable when a child has ended."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections import deque
from typing import TYPE_CHECKING, Final

from native_runtime import environment

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from native_runtime.processes.spawner import Listener, SpawnOrder

if sys.platform != "win32":
    from native_runtime.processes.ending import Ending

assert sys.platform != "win32"  # noqa: S101 - type checkers for Windows skip what follows

READ_SIZE: Final = 256 * 1024  # bytes a read may return; a pipe holds 64 KiB by default
LAST_WORDS: Final = 1024 * 1024  # bytes still read from each pipe of a child that has ended


class PosixSpawner:
    """Starts each child in a session of its own, by the vfork path of `subprocess` (no preexec_fn)."""

    def spawn(self, order: SpawnOrder) -> PosixProcess:
        """Start a process; `OSError` with the system's reason if it cannot be."""
        pipes = _Pipes(control=order.control)
        try:
            popen = subprocess.Popen(
                order.argv,
                cwd=order.cwd,
                env={**order.env, **pipes.told_to_child},
                stdin=pipes.child_stdin,
                stdout=pipes.child_stdout,
                stderr=pipes.child_stderr,
                start_new_session=True,
                pass_fds=pipes.child_control,
            )
        except BaseException:
            pipes.close(pipes.ours)
            raise
        finally:
            pipes.close(pipes.childs)
        if order.nice is not None:
            with contextlib.suppress(OSError):  # gone already, or a negative value without the right to it
                os.setpriority(os.PRIO_PROCESS, popen.pid, os.getpriority(os.PRIO_PROCESS, 0) + order.nice)
        return PosixProcess(popen, pipes)


class _Pipes:
    """All pipes between the app and one child. The child's control ends keep their numbers in the child."""

    def __init__(self, *, control: bool) -> None:
        self.ours: list[int] = []
        self.childs: list[int] = []
        try:
            self.child_stdin, self.stdin = self._open(child_reads=True)
            self.child_stdout, self.stdout = self._open(child_reads=False)
            self.child_stderr, self.stderr = self._open(child_reads=False)
            self.child_control: tuple[int, ...] = ()
            if control:
                child_read, self.control_write = self._open(child_reads=True)
                child_write, self.control_read = self._open(child_reads=False)
                self.child_control = (child_read, child_write)
        except OSError:
            self.close([*self.ours, *self.childs])
            raise

    @property
    def told_to_child(self) -> dict[str, str]:
        """The environment variable that names the child's control ends."""
        return {environment.CONTROL: ",".join(map(str, self.child_control))} if self.child_control else {}

    def close(self, fds: list[int]) -> None:
        for fd in fds:
            os.close(fd)

    def _open(self, *, child_reads: bool) -> tuple[int, int]:
        read, write = os.pipe()
        child, own = (read, write) if child_reads else (write, read)
        self.childs.append(child)
        self.ours.append(own)
        return child, own


class _Outbox:
    """Bytes on their way into a pipe that may be full; written when there is room, never blocking."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int) -> None:
        self._loop = loop
        self._fd = fd
        self._waiting: deque[bytes] = deque()
        os.set_blocking(fd, False)

    @property
    def size(self) -> int:
        return sum(map(len, self._waiting))

    def send(self, data: bytes) -> bool:
        self._waiting.append(data)
        return self._drain()

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_writer(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _drain(self) -> bool:
        if self._fd < 0:
            return False
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


class PosixProcess:
    """One running child, owned by the loop's thread."""

    def __init__(self, popen: subprocess.Popen[bytes], pipes: _Pipes) -> None:
        self.pid = popen.pid
        self._popen = popen
        self._pipes = pipes
        self._readers: dict[int, Callable[[bytes], None]] = {}
        self._reaped = False
        self._stdin: _Outbox | None = None
        self._control: _Outbox | None = None

    def listen(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """Begin to read output and control messages, and to wait for the end."""
        self._loop = loop
        self._listener = listener
        self._stdin = _Outbox(loop, self._pipes.stdin)
        self._read_from(self._pipes.stdout, lambda chunk: listener.on_output("stdout", chunk))
        self._read_from(self._pipes.stderr, lambda chunk: listener.on_output("stderr", chunk))
        if self._pipes.child_control:
            self._control = _Outbox(loop, self._pipes.control_write)
            self._read_from(self._pipes.control_read, listener.on_control)
        self._exit_watch = _ExitWatch(loop, self.pid, self._ended)

    def write_stdin(self, data: bytes) -> None:
        """Queue bytes for its stdin."""
        if self._stdin:
            self._stdin.send(data)

    @property
    def stdin_waiting(self) -> int:
        """Bytes that wait because its stdin is full."""
        return self._stdin.size if self._stdin else 0

    def send_control(self, data: bytes) -> bool:
        """Queue bytes for its control channel."""
        return self._control is not None and self._control.send(data)

    def ask_to_stop(self) -> None:
        """SIGTERM to the child itself; it knows how to treat its own children."""
        if not self._reaped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill_tree(self) -> None:
        """SIGKILL to the whole session group."""
        # Until we reap it, the pid cannot be given to anybody else, even if the child is a zombie.
        if not self._reaped:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def _read_from(self, fd: int, take: Callable[[bytes], None]) -> None:
        os.set_blocking(fd, False)
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # over the user's pipe budget: the default size works too
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, READ_SIZE)
        self._readers[fd] = take
        self._loop.add_reader(fd, self._readable, fd)

    def _readable(self, fd: int) -> None:
        try:
            chunk = os.read(fd, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if chunk:
            self._readers[fd](chunk)
        else:
            self._close_reader(fd)

    def _close_reader(self, fd: int) -> None:
        if self._readers.pop(fd, None):
            self._loop.remove_reader(fd)
            os.close(fd)

    def _ended(self) -> None:
        self.kill_tree()  # what it left behind in its group; the zombie still holds the group's number
        for fd in list(self._readers):
            self._read_last_words(fd)
            self._close_reader(fd)
        for outbox in (self._stdin, self._control):
            if outbox:
                outbox.close()
        self._reaped = True
        self._listener.on_exit(self._popen.wait())

    def _read_last_words(self, fd: int) -> None:
        left = LAST_WORDS
        with contextlib.suppress(OSError):
            while left > 0 and (chunk := os.read(fd, READ_SIZE)):
                left -= len(chunk)
                self._readers[fd](chunk)


class _ExitWatch:
    """Calls back on the loop once a process has ended, and leaves it unreaped."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pid: int, ended: Callable[[], None]) -> None:
        self._loop = loop
        self._ended = ended
        self._ending = Ending(pid)
        loop.add_reader(self._ending.fd, self._fire)

    def _fire(self) -> None:
        self._loop.remove_reader(self._ending.fd)
        self._ending.close()
        self._ended()
