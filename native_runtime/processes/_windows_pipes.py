"""The pipes between the app and one child on Windows, and what the loop makes of them: inboxes and outboxes."""

from __future__ import annotations

import asyncio
import msvcrt
import os
import sys
from asyncio import windows_utils
from typing import TYPE_CHECKING, Final

from native_runtime import environment
from native_runtime.processes import _win32

if TYPE_CHECKING:
    from collections.abc import Callable

assert sys.platform == "win32"  # noqa: S101 - type checkers for other systems skip what follows

PIPE_SIZE: Final = 64 * 1024  # bytes; a read of the loop takes as much


class Pipes:
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
        own = self._own(write)
        return self._keep(read, os.O_RDONLY), own

    def _child_writes(self) -> tuple[int, windows_utils.PipeHandle]:
        read, write = windows_utils.pipe(overlapped=(True, False), bufsize=PIPE_SIZE)
        own = self._own(read)
        return self._keep(write, 0), own

    def _keep(self, handle: int, flags: int) -> int:
        try:
            fd = msvcrt.open_osfhandle(handle, flags)
        except OSError:
            _win32.close_handle(handle)
            raise
        self._childs.append(fd)
        return fd

    def _own(self, handle: int) -> windows_utils.PipeHandle:
        own = windows_utils.PipeHandle(handle)
        self._ours.append(own)
        return own


def _inheritable(fd: int) -> int:
    # Until our end of it is closed, whatever else this program spawns without a list of handles gets it too.
    handle = msvcrt.get_osfhandle(fd)
    os.set_handle_inheritable(handle, True)  # noqa: FBT003 - the system's own signature
    return handle


class Inbox(asyncio.Protocol):
    """One pipe from the child, as long as anybody has its other end."""

    def __init__(self, take: Callable[[bytes], None], ended: Callable[[Inbox], None]) -> None:
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


class Outbox(asyncio.BaseProtocol):
    """One pipe to the child; written when there is room, never blocking."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._early: list[bytes] = []  # said in the very turn of the loop in which the child was spawned
        self._is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - what a write pipe has
        self._transport = transport
        transport.writelines(self._early)
        self._early.clear()
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

    @property
    def waiting(self) -> int:
        """Bytes that are not in the pipe yet."""
        held = self._transport.get_write_buffer_size() if self._transport else 0
        return held + sum(map(len, self._early))

    def close(self) -> None:
        self._is_closed = True
        if self._transport:
            self._transport.abort()
