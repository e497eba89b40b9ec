"""Windows: Job Objects, and pipes that the loop's own completion port reads and writes; no thread for any of it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import msvcrt
import os
import subprocess
import sys
from asyncio import windows_utils
from typing import TYPE_CHECKING, Final

from native_runtime import environment
from native_runtime.processes import _console, _job, _win32

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.processes.spawner import Listener, SpawnOrder

assert sys.platform == "win32"  # noqa: S101 - type checkers for other systems skip what follows

PIPE_SIZE: Final = 64 * 1024  # bytes; a read of the loop takes as much
LAST_WORDS: Final = 1.0  # seconds for what a child left in its pipes, and for its descendants to be gone
LOOK_AGAIN: Final = 0.005  # seconds between two looks whether its descendants are gone
CREATE_SUSPENDED: Final = 0x0000_0004

_ACCESS: Final = (
    _win32.PROCESS_TERMINATE
    | _win32.PROCESS_SET_QUOTA
    | _win32.PROCESS_SUSPEND_RESUME
    | _win32.PROCESS_QUERY_LIMITED_INFORMATION
    | _win32.SYNCHRONIZE
)
_LOW: Final = 10  # niceness from which a child gets only what nobody else wants


class WindowsSpawner:
    """Starts each child suspended, puts it into a job of its own, and only then lets it run."""

    def spawn(self, order: SpawnOrder) -> WindowsProcess:
        """Start a process; `OSError` with the system's reason if it cannot be."""
        if order.cwd is not None and not order.cwd.is_dir():
            # The system's own answer would name neither the folder nor the fact.
            raise FileNotFoundError(errno.ENOENT, "the working folder does not exist", str(order.cwd))
        pipes = _Pipes(control=order.control)
        try:
            return WindowsProcess(_start(order, pipes), pipes)
        except BaseException:
            pipes.close_ours()
            raise
        finally:
            pipes.close_childs()


def _start(order: SpawnOrder, pipes: _Pipes) -> _Started:
    popen = subprocess.Popen(
        order.argv,
        cwd=order.cwd,
        env={**order.env, **pipes.told_to_child},
        stdin=pipes.child_stdin,
        stdout=pipes.child_stdout,
        stderr=pipes.child_stderr,
        startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": list(pipes.child_control)}),
        creationflags=_creation_flags(order.nice),
    )
    try:
        return _Started(popen)
    except BaseException:
        popen.kill()
        popen.wait()
        raise


def _creation_flags(nice: int | None) -> int:
    # In a terminal the child shares the terminal's console; without one it gets a console that nobody sees.
    # Either way its own children find a console, and Windows opens no window for them.
    window = 0 if _console.has_console() else subprocess.CREATE_NO_WINDOW
    return CREATE_SUSPENDED | subprocess.CREATE_NEW_PROCESS_GROUP | window | priority_class(nice)


def priority_class(nice: int | None) -> int:
    """What comes nearest to a niceness; 0, the app's own or a lower one, for None and 0."""
    if not nice:
        return 0
    if nice < 0:
        return subprocess.HIGH_PRIORITY_CLASS if nice <= -_LOW else subprocess.ABOVE_NORMAL_PRIORITY_CLASS
    return subprocess.IDLE_PRIORITY_CLASS if nice >= _LOW else subprocess.BELOW_NORMAL_PRIORITY_CLASS


class _Started:
    """A process that runs, in its job.

    Raises:
        OSError: It could not be put into a job, or not be resumed.
    """

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self.popen = popen
        self.handle = _win32.ProcessHandle(popen.pid, _ACCESS)
        try:
            self.job = _job.Job(popen.pid)
            self.job.take_in(self.handle)
            self.handle.resume()
        except BaseException:
            self.handle.close()
            raise


class _Pipes:
    """All pipes between the app and one child; the child's ends are plain, ours are overlapped."""

    def __init__(self, *, control: bool) -> None:
        self._ours: list[windows_utils.PipeHandle] = []
        self._childs: list[int] = []
        self.child_control: tuple[int, ...] = ()
        try:
            self.child_stdin, self.stdin = self._child_reads()
            self.child_stdout, self.stdout = self._child_writes()
            self.child_stderr, self.stderr = self._child_writes()
            if control:
                child_read, self.control_write = self._child_reads()
                child_write, self.control_read = self._child_writes()
                self.child_control = tuple(map(_inheritable, (child_read, child_write)))
        except OSError:
            self.close_ours()
            self.close_childs()
            raise

    @property
    def told_to_child(self) -> dict[str, str]:
        """The environment variable that names the child's control ends, by handle."""
        return {environment.CONTROL: ",".join(map(str, self.child_control))} if self.child_control else {}

    def close_ours(self) -> None:
        for handle in self._ours:
            handle.close()

    def close_childs(self) -> None:
        for fd in self._childs:
            os.close(fd)

    def _child_reads(self) -> tuple[int, windows_utils.PipeHandle]:
        # Both ways, because the loop learns from a read that waits that the other side is gone.
        read, write = windows_utils.pipe(duplex=True, overlapped=(False, True), bufsize=PIPE_SIZE)
        return self._keep(read, os.O_RDONLY), self._own(write)

    def _child_writes(self) -> tuple[int, windows_utils.PipeHandle]:
        read, write = windows_utils.pipe(overlapped=(True, False), bufsize=PIPE_SIZE)
        return self._keep(write, 0), self._own(read)

    def _keep(self, handle: int, flags: int) -> int:
        fd = msvcrt.open_osfhandle(handle, flags)
        self._childs.append(fd)
        return fd

    def _own(self, handle: int) -> windows_utils.PipeHandle:
        own = windows_utils.PipeHandle(handle)
        self._ours.append(own)
        return own


def _inheritable(fd: int) -> int:
    handle = msvcrt.get_osfhandle(fd)
    os.set_handle_inheritable(handle, True)  # noqa: FBT003 - the system's own signature
    return handle


class _Inbox(asyncio.Protocol):
    """One pipe from the child, as long as anybody has its other end."""

    def __init__(self, take: Callable[[bytes], None], ended: Callable[[_Inbox], None]) -> None:
        self._take = take
        self._ended = ended
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._take(bytes(data))  # the loop hands over a bytearray

    def connection_lost(self, error: Exception | None) -> None:
        del error  # however it ended: nothing more comes
        self._ended(self)

    def close(self) -> None:
        if self._transport:
            self._transport.close()


class _Outbox(asyncio.BaseProtocol):
    """One pipe to the child; written when there is room, never blocking."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._early: list[bytes] = []  # said in the very turn of the loop in which the child was spawned
        self._is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - what a write pipe has
        self._transport = transport
        transport.writelines(self._early)
        if self._is_closed:
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        del error  # the other side is gone; its exit is told elsewhere
        self._is_closed = True

    def send(self, data: bytes) -> bool:
        if self._is_closed:
            return False
        if self._transport is None:
            self._early.append(data)
        else:
            self._transport.write(data)
        return True

    def close(self) -> None:
        self._is_closed = True
        if self._transport:
            self._transport.abort()


class WindowsProcess:
    """One running child, owned by the loop's thread."""

    def __init__(self, started: _Started, pipes: _Pipes) -> None:
        self.pid = started.popen.pid
        self._popen = started.popen
        self._handle = started.handle
        self._job = started.job
        self._pipes = pipes
        self._has_control = bool(pipes.child_control)
        self._inboxes: set[_Inbox] = set()
        self._stdin = _Outbox()
        self._control = _Outbox()
        self._connecting: list[asyncio.Task[object]] = []  # kept, because a loop keeps its tasks only weakly
        self._last_look = 0.0

    def listen(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """Begin to read output and control messages, and to wait for the end."""
        self._loop = loop
        self._listener = listener
        self._read_from(self._pipes.stdout, lambda chunk: listener.on_output("stdout", chunk))
        self._read_from(self._pipes.stderr, lambda chunk: listener.on_output("stderr", chunk))
        self._write_to(self._pipes.stdin, self._stdin)
        if self._has_control:
            self._read_from(self._pipes.control_read, listener.on_control)
            self._write_to(self._pipes.control_write, self._control)
        self._watch = _win32.ExitWatch(self._handle, lambda: loop.call_soon_threadsafe(self._ended))

    def write_stdin(self, data: bytes) -> None:
        """Queue bytes for its stdin."""
        self._stdin.send(data)

    def send_control(self, data: bytes) -> bool:
        """Queue bytes for its control channel."""
        return self._has_control and self._control.send(data)

    def ask_to_stop(self) -> None:
        """CTRL_BREAK to the child's process group; whom it does not reach, the end of the grace does."""
        with contextlib.suppress(OSError):
            _console.send_break(self.pid)

    def kill_tree(self) -> None:
        """End all in its job."""
        self._job.terminate()

    def _read_from(self, pipe: windows_utils.PipeHandle, take: Callable[[bytes], None]) -> None:
        inbox = _Inbox(take, self._inbox_ended)
        self._inboxes.add(inbox)
        self._connecting.append(self._loop.create_task(self._loop.connect_read_pipe(lambda: inbox, pipe)))

    def _write_to(self, pipe: windows_utils.PipeHandle, outbox: _Outbox) -> None:
        self._connecting.append(self._loop.create_task(self._loop.connect_write_pipe(lambda: outbox, pipe)))

    def _inbox_ended(self, inbox: _Inbox) -> None:
        self._inboxes.discard(inbox)

    def _ended(self) -> None:
        self._watch.close()
        self._job.terminate()  # what it left behind
        self._stdin.close()
        self._control.close()
        self._last_look = self._loop.time() + LAST_WORDS
        self._wait_for_the_rest()

    def _wait_for_the_rest(self) -> None:
        """Its last words are read and its descendants are gone in a moment; whatever hinders that is not waited for."""
        if (self._inboxes or not self._job.is_empty()) and self._loop.time() < self._last_look:
            self._loop.call_later(LOOK_AGAIN, self._wait_for_the_rest)
            return
        for inbox in list(self._inboxes):
            inbox.close()
        self._job.close()
        self._handle.close()
        self._listener.on_exit(self._popen.wait())
