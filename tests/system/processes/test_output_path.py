"""What stands between a child's writes and whoever listens, on Linux and macOS: real pipes, a real loop."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32":
    pytest.skip("sessions and descriptors of POSIX", allow_module_level=True)

import fcntl

from native_runtime.errors import NotListeningError
from native_runtime.processes import _posix
from native_runtime.processes._posix_pipes import NARROW, WIDE, Inbox, Outbox
from native_runtime.processes.events import ProcessSpawned
from native_runtime.processes.spawner import SpawnOrder
from tests.support.processes import wait_until
from tests.support.programs import program, spec
from tests.support.recorder import DEADLINE

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

MEGABYTE = b"x" * 1024 * 1024
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only there a pipe can be widened")


class Pipe:
    """A pipe whose reading end an inbox has, on the loop that runs."""

    def __init__(self) -> None:
        self.fd, self.write_fd = os.pipe()
        for fd in (self.fd, self.write_fd):
            os.set_blocking(fd, False)
        self.sizes: list[int] = []
        self.inbox = Inbox(
            asyncio.get_running_loop(), self.fd, lambda c: self.sizes.append(len(c)), rests=True
        )
        self.inbox.begin()

    async def write(self, data: bytes) -> None:
        """All of it, as fast as it is taken."""
        while data:
            try:
                data = data[os.write(self.write_fd, data) :]
            except BlockingIOError:
                await asyncio.sleep(0)

    async def has_read(self, total: int) -> None:
        async with asyncio.timeout(DEADLINE):
            while sum(self.sizes) < total:  # noqa: ASYNC110 - an event of its own would change what is tested
                await asyncio.sleep(0)

    @property
    def width(self) -> int:
        return fcntl.fcntl(self.fd, fcntl.F_GETPIPE_SZ) if sys.platform == "linux" else NARROW


@on_linux
def test_pipe_is_wide_only_while_it_floods() -> None:
    async def flood() -> list[int]:
        pipe = Pipe()
        widths = [pipe.width]
        await pipe.write(MEGABYTE)
        await pipe.has_read(len(MEGABYTE))
        widths.append(pipe.width)
        await pipe.write(b"calm\n")
        await pipe.has_read(len(MEGABYTE) + len(b"calm\n"))
        widths.append(pipe.width)
        os.close(pipe.write_fd)
        pipe.inbox.close()
        return widths

    assert asyncio.run(flood()) == [NARROW, WIDE, NARROW]


@on_linux
def test_pipe_that_the_system_does_not_widen_is_read_without_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_fd: int, _command: int, _argument: int = 0) -> int:
        raise PermissionError

    async def flood() -> int:
        pipe = Pipe()
        monkeypatch.setattr(fcntl, "fcntl", refuse)
        await pipe.write(MEGABYTE)
        os.close(pipe.write_fd)
        await pipe.has_read(len(MEGABYTE))
        return pipe.inbox._rests

    assert asyncio.run(flood()) is False


def test_last_words_are_read_although_the_reader_rests() -> None:
    async def end() -> int:
        pipe = Pipe()
        await pipe.write(b"first\n")
        await pipe.has_read(len(b"first\n"))
        os.write(pipe.write_fd, b"last\n")
        pipe.inbox.read_last_words()
        pipe.inbox.close()
        pipe.inbox.close()
        os.close(pipe.write_fd)
        await asyncio.sleep(0.01)  # longer than the rest: nobody comes back to a closed pipe
        return sum(pipe.sizes)

    assert asyncio.run(end()) == len(b"first\nlast\n")


def test_outbox_drops_what_waits_and_says_so_once_nobody_reads() -> None:
    async def talk() -> tuple[bool, int, bool, int]:
        read, write = os.pipe()
        os.set_blocking(write, False)
        outbox = Outbox(asyncio.get_running_loop(), write)
        queued, waiting = outbox.send(MEGABYTE), outbox.waiting
        os.close(read)
        return queued, waiting, outbox.send(b"more"), outbox.waiting

    queued, waiting, taken, left = asyncio.run(talk())
    assert (queued, taken, left) == (True, False, 0)
    assert waiting > 0


def test_message_to_a_child_that_closed_its_stdin_is_refused_each_time(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    child = supervisor.start(spec("a", "closes_its_pipes", str(tmp_path)))
    recorder.wait_for(ProcessSpawned, name="a")
    wait_until((tmp_path / f"deaf-{child.pid}").exists)
    for _ in range(3):
        with pytest.raises(NotListeningError, match="closed its stdin"):
            supervisor.message("a", "x" * 600_000)  # twice that is more than may wait


def test_process_that_cannot_be_watched_is_killed_reaped_and_leaves_no_descriptor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pids: list[int] = []

    def no_descriptor_left(pid: int) -> None:
        pids.append(pid)
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(_posix, "Ending", no_descriptor_left)
    before = _open_descriptors()
    with pytest.raises(OSError, match="Too many open files"):
        _posix.PosixSpawner().spawn(
            SpawnOrder(argv=program("forever"), cwd=None, env=os.environ, control=True)
        )
    assert _open_descriptors() == before
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def _open_descriptors() -> set[str]:
    return set(os.listdir("/dev/fd"))  # noqa: PTH208 - names, not Paths
