"""Linux and macOS: sessions, signals, and a descriptor that becomes readable when a child has ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

    from native_runtime.processes.spawner import Listener, SpawnOrder

if sys.platform != "win32":
    from native_runtime.processes._posix_pipes import Inbox, Outbox, Pipes
    from native_runtime.processes.ending import Ending

assert sys.platform != "win32"  # noqa: S101 - type checkers for Windows skip what follows


_LONGEST_LINE: Final = 256  # bytes; systems read no more of a script's first line


class PosixSpawner:
    """Starts each child in a session of its own, by the vfork path of `subprocess` (no preexec_fn)."""

    def spawn(self, order: SpawnOrder) -> PosixProcess:
        """Start a process; `OSError` with the system's reason if it cannot be started or not be watched."""
        pipes = Pipes(control=order.control)
        try:
            popen = _start(order, pipes)
            return PosixProcess(popen, _ending_of(popen), pipes)
        except BaseException as error:
            pipes.close_ours()
            if isinstance(error, FileNotFoundError):
                raise _explained(error, order.argv[0]) from None
            raise
        finally:
            pipes.close_childs()


def _start(order: SpawnOrder, pipes: Pipes) -> subprocess.Popen[bytes]:
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
    if order.nice is not None:
        with contextlib.suppress(OSError):  # gone already, or a negative value without the right to it
            os.setpriority(os.PRIO_PROCESS, popen.pid, os.getpriority(os.PRIO_PROCESS, 0) + order.nice)
    return popen


def _explained(error: FileNotFoundError, program: str) -> FileNotFoundError:
    """`error`, or a clearer one if it is not the program that is missing: the system says the same of both."""
    try:
        with open(program, "rb") as file:  # noqa: PTH123 - an argument list holds texts
            first = file.readline(_LONGEST_LINE)
    except OSError:
        return error
    if first.startswith(b"#!"):
        line = first.decode("utf-8", "replace").removesuffix("\n")
        what = f"the interpreter that its first line names is not there: {line!r}"
    else:
        what = "the loader that it was built for is not there; it may be a program for another system"
    return FileNotFoundError(f"{program}: expected a program that can be started, but {what}")


def _ending_of(popen: subprocess.Popen[bytes]) -> Ending:
    try:
        return Ending(popen.pid)
    except BaseException:  # no descriptor left, for instance: whom nobody watches must not live
        _kill_group(popen.pid)
        popen.wait()
        raise


def _kill_group(pid: int) -> None:
    """SIGKILL to the whole session group of a child that is not reaped: its pid cannot be anybody else's."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class PosixProcess:
    """One running child, owned by the loop's thread."""

    def __init__(self, popen: subprocess.Popen[bytes], ending: Ending, pipes: Pipes) -> None:
        self.pid = popen.pid
        self._popen = popen
        self._ending = ending
        self._pipes = pipes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inboxes: list[Inbox] = []
        self._reaped = False
        self._stdin: Outbox | None = None
        self._control: Outbox | None = None

    def listen(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """Begin to read output and control messages, and to wait for the end."""
        # First each pipe gets its owner, which cannot fail, so that `discard` closes each once; then the loop.
        self._loop = loop
        self._stdin = Outbox(loop, self._pipes.stdin)
        self._inboxes = [
            Inbox(loop, self._pipes.stdout, lambda chunk: listener.on_output("stdout", chunk), rests=True),
            Inbox(loop, self._pipes.stderr, lambda chunk: listener.on_output("stderr", chunk), rests=True),
        ]
        if self._pipes.child_control:
            self._control = Outbox(loop, self._pipes.control_write)
            self._inboxes.append(Inbox(loop, self._pipes.control_read, listener.on_control, rests=False))
        for inbox in self._inboxes:
            inbox.begin()
        loop.add_reader(self._ending.fd, self._ended, listener)

    def discard(self) -> None:
        """Kill it and its session group, and reap it."""
        self.kill_tree()
        self._let_go()
        self._popen.wait()

    def write_stdin(self, data: bytes) -> bool:
        """Queue bytes for its stdin."""
        return self._stdin is not None and self._stdin.send(data)

    @property
    def stdin_waiting(self) -> int:
        """Bytes that wait because its stdin is full."""
        return self._stdin.waiting if self._stdin else 0

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
        if not self._reaped:
            _kill_group(self.pid)

    def _ended(self, listener: Listener) -> None:
        self.kill_tree()  # what it left behind in its group; the zombie still holds the group's number
        for inbox in self._inboxes:
            inbox.read_last_words()
        self._let_go()
        listener.on_exit(self._popen.wait())

    def _let_go(self) -> None:
        self._reaped = True  # about to be: from here on its number means nobody
        if self._loop is None:
            self._pipes.close_ours()
        else:
            self._loop.remove_reader(self._ending.fd)
        self._ending.close()
        for box in (*self._inboxes, self._stdin, self._control):
            if box:
                box.close()
