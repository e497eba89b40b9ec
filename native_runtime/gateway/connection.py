"""One connection of the gateway's server: it has to ask for something soon, and there are only so many."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

PATIENCE: Final = 10.0  # seconds until the head of a request is there
MOST: Final = 500  # connections; each costs a descriptor, and children need some too


class Connection(H11Protocol):
    """Ends a connection that begins a request and does not go on, and one that is too many.

    Whoever opens connections needs no secret yet. Without this, a handful of lines in any program of this machine
    could take all descriptors of the app, and it could start no child any more.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """It is open: it is given time, or closed at once."""
        super().connection_made(transport)
        # asyncio does so only for sockets that were made with a protocol's number. Without it, the body of every answer
        # but the first of a connection waits some 40 ms for the client to acknowledge its head.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > MOST:
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """A part of a request has come; its body, if it has one, may take longer."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_more()
        elif self._patience is None:  # a further request has begun
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._patience = self.loop.call_later(PATIENCE, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
