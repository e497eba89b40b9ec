"""One uvicorn server on one listening socket, in a thread of its own, silent and without signal handlers."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Final

import uvicorn
from websockets.protocol import State
from websockets.server import ServerProtocol

from native_runtime.gateway.connection import Connection
from native_runtime.gateway.gate import BODY_LIMIT

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp

GRACE: Final = 1  # seconds for requests in flight when the server stops


class ServerThread:
    """Serves `application` on `listener` from `start` to `stop`.

    Args:
        application: The ASGI application.
        listener: A bound and listening socket; it is closed by `stop`.
    """

    def __init__(self, application: ASGIApp, listener: socket.socket) -> None:
        self._listener = listener
        self._loop = asyncio.new_event_loop()
        self._server = _Server(_configuration(application))
        self._thread = threading.Thread(target=self._run, name="native-runtime gateway", daemon=True)

    def start(self) -> None:
        """Begin to answer; returns at once, since the socket listens already."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections and the thread; returns when the port is closed."""
        self._loop.call_soon_threadsafe(self._server.leave)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._server.serve(sockets=[self._listener]))


class _Server(uvicorn.Server):
    """Sleeps until it is told to leave, where uvicorn wakes up ten times a second to look."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """End `serve`. Call it on the loop."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)  # prepares the headers that every response has
        await self._leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A connection accepted in this very turn of the loop would meet a closed server and never be closed
        # itself. So accept no more, and give what was accepted the two turns it needs to be known to us.
        with contextlib.suppress(NotImplementedError):  # Windows: its loop has no readers
            for listener in sockets or ():
                asyncio.get_running_loop().remove_reader(listener)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        while self._abort_those_that_leave_by_themselves():  # noqa: ASYNC110 - others may begin to in that turn
            await asyncio.sleep(0)
        await super().shutdown(sockets)

    def _abort_those_that_leave_by_themselves(self) -> bool:
        """False if there are none: until the loop's next turn that stays so."""
        # uvicorn would send a farewell on them too, which websockets refuses with an exception that ends the thread.
        leaving = [connection for connection in self.server_state.connections if _leaves(connection)]
        for connection in leaving:
            connection.transport.abort()
        return bool(leaving)


def _leaves(connection: object) -> bool:
    """True for a WebSocket whose closing has begun."""
    protocol = getattr(connection, "conn", None)
    return isinstance(protocol, ServerProtocol) and protocol.state in (State.CLOSING, State.CLOSED)


def _configuration(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=Connection,
        ws="websockets-sansio",  # the implementation that uses nothing websockets has deprecated
        ws_max_size=BODY_LIMIT,
        ws_per_message_deflate=False,  # within one machine it costs more than it spares, and memory for each listener
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # nobody stands between: what claims so lies
        server_header=False,
        date_header=False,  # it would have to be renewed every second
        timeout_graceful_shutdown=GRACE,
    )
