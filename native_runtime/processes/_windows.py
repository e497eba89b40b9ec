"""Windows: Job Objects, and pipes that the loop's own completion port reads and writes; no thread for any of it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from native_runtime.processes import _console, _job, _win32, _windows_dlls, _windows_pipes

if TYPE_CHECKING:
    from asyncio import windows_utils
    from collections.abc import Callable

    from native_runtime.processes.spawner import Listener, SpawnOrder

assert sys.platform == "win32"  # noqa: S101 - type checkers for other systems skip what follows

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
        pipes = _windows_pipes.Pipes(control=order.control)
        try:
            return WindowsProcess(_start(order, pipes), pipes)
        except BaseException:
            pipes.close_ours()
            raise
        finally:
            pipes.close_childs()


def _start(order: SpawnOrder, pipes: _windows_pipes.Pipes) -> _Started:
    with _windows_dlls.of_the_user() if order.outside else contextlib.nullcontext():
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
        with contextlib.ExitStack() as undo:
            self.handle = _win32.ProcessHandle(popen.pid, _ACCESS)
            undo.callback(self.handle.close)
            self.job = _job.Job(popen.pid)
            undo.callback(self.job.close)
            self.job.take_in(self.handle)
            self.handle.resume()
            undo.pop_all()


class WindowsProcess:
    """One running child, owned by the loop's thread."""

    def __init__(self, started: _Started, pipes: _windows_pipes.Pipes) -> None:
        self.pid = started.popen.pid
        self._popen = started.popen
        self._handle = started.handle
        self._job = started.job
        self._pipes = pipes
        self._has_control = bool(pipes.child_control)
        self._inboxes: set[_windows_pipes.Inbox] = set()
        self._stdin = _windows_pipes.Outbox()
        self._control = _windows_pipes.Outbox()
        self._connecting: list[asyncio.Task[object]] = []  # kept, because a loop keeps its tasks only weakly
        self._deadline: float | None = None  # on the loop's clock, once it has ended and until that is told
        self._next_look: asyncio.TimerHandle | None = None

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

    def write_stdin(self, data: bytes) -> bool:
        """Queue bytes for its stdin."""
        return self._stdin.send(data)

    @property
    def stdin_waiting(self) -> int:
        """Bytes for its stdin that the pipe had no room for yet."""
        return self._stdin.waiting

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

    def discard(self) -> None:
        """End all in its job, and reap it."""
        self._job.terminate()
        for connecting in self._connecting:  # in the turn of the loop in which it was spawned: none has begun
            connecting.cancel()
        self._pipes.close_ours()
        self._job.close()
        self._handle.close()
        self._popen.wait()

    def _read_from(self, pipe: windows_utils.PipeHandle, take: Callable[[bytes], None]) -> None:
        inbox = _windows_pipes.Inbox(take, self._inbox_ended)
        self._inboxes.add(inbox)
        self._connecting.append(self._loop.create_task(self._loop.connect_read_pipe(lambda: inbox, pipe)))

    def _write_to(self, pipe: windows_utils.PipeHandle, outbox: _windows_pipes.Outbox) -> None:
        self._connecting.append(self._loop.create_task(self._loop.connect_write_pipe(lambda: outbox, pipe)))

    def _inbox_ended(self, inbox: _windows_pipes.Inbox) -> None:
        self._inboxes.discard(inbox)
        self._look()

    def _ended(self) -> None:
        self._watch.close()
        self._job.terminate()  # what it left behind
        self._stdin.close()
        self._control.close()
        self._deadline = self._loop.time() + LAST_WORDS
        self._look()

    def _look(self) -> None:
        """Tell the exit once its last words are read and its descendants gone; what hinders that has a deadline."""
        if self._deadline is None:
            return
        if self._next_look:
            self._next_look.cancel()
        if (self._inboxes or not self._job.is_empty()) and self._loop.time() < self._deadline:
            self._next_look = self._loop.call_later(LOOK_AGAIN, self._look)
            return
        self._deadline = None
        for inbox in self._inboxes:
            inbox.close()
        self._job.close()
        self._handle.close()
        self._listener.on_exit(self._popen.wait())
