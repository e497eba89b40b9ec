"""The event stream: a WebSocket that says hello, resumes where the client was, and never waits for a slow one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.websockets import WebSocketDisconnect

from native_runtime.events.event import kinds_named
from native_runtime.events.journal import JOURNAL_LENGTH

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.websockets import WebSocket

    from native_runtime.events import Event, EventBus
    from native_runtime.gateway.texts import Texts
    from native_runtime.gateway.turns import Turns

# Events that may wait for one client. A client that resumes is handed up to a whole journal at once.
BACKLOG_LIMIT: Final = JOURNAL_LENGTH + 2_000
TRY_AGAIN_LATER: Final = 1013
PACE: Final = 0.1  # seconds for which a client that wants brief news is left in peace after some


class EventStream:
    """One client's view of the bus.

    Messages to the client, one JSON object each: first `{"type": "hello", "seq", "resumed"}`, where events
    after `seq` follow; then events as in `events.to_wire`, and `{"type": "dropped", "count"}` where output
    or progress was dropped.

    Args:
        socket: The client.
        bus: The events.
        turns: Where it waits for its turn when something has happened.
        texts: Events as they are sent.
        after: Resume behind this sequence number; None begins with what happens from now on.
        only: Names of the classes of events to send, with those below them; empty sends all.
        name: Of a child, whose events alone are sent; None sends all.
        brief: Of frequent events the latest of each sort, some times a second, are enough.
        limit: Events that may wait before the client counts as too slow.
    """

    def __init__(
        self,
        socket: WebSocket,
        *,
        bus: EventBus,
        turns: Turns,
        texts: Texts,
        after: int | None,
        only: Collection[str] = (),
        name: str | None = None,
        brief: bool = False,
        limit: int = BACKLOG_LIMIT,
    ) -> None:
        self._socket = socket
        self._bus = bus
        self._turns = turns
        self._texts = texts
        kinds = kinds_named(only)
        self._resumed = after is not None and bus.can_resume(after, *kinds, brief=brief)
        self._after = after if after is not None and self._resumed else bus.last_seq
        self._name = name
        self._brief = brief
        self._limit = limit
        self._changed = asyncio.Event()
        self._overflowed = asyncio.Event()
        self._is_announced = False
        self._subscription = bus.subscribe(
            *kinds,
            wants=self._wants if name else None,
            after=self._after,
            brief=brief,
            wake=self._wake,
        )

    async def run(self) -> None:
        """Serve the client until it leaves, is too slow, or the server stops."""
        try:
            await self._socket.accept()
            await self._serve()
        except WebSocketDisconnect:
            pass
        finally:
            self._bus.unsubscribe(self._subscription)

    async def _serve(self) -> None:
        tasks = [
            asyncio.create_task(work)
            for work in (self._forward(), self._until_gone(), self._overflowed.wait())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._overflowed.is_set():
            await self._socket.close(TRY_AGAIN_LATER, "too slow; connect again with ?after=SEQ")

    async def _forward(self) -> None:
        await self._send({"type": "hello", "seq": self._after, "resumed": self._resumed})
        dropped = 0
        while True:
            await self._changed.wait()
            self._changed.clear()
            events = self._subscription.take(timeout=0)
            if (lost := self._subscription.dropped - dropped) > 0:
                dropped += lost
                await self._send({"type": "dropped", "count": lost})
            for event in events:
                await self._socket.send_text(self._texts.of(event))
            if self._brief:
                await asyncio.sleep(PACE)

    async def _until_gone(self) -> None:
        # Clients have nothing to say, in text or bytes; reading notices that they left.
        while (await self._socket.receive())["type"] != "websocket.disconnect":
            pass

    async def _send(self, document: object) -> None:
        await self._socket.send_text(msgspec.json.encode(document).decode())

    def _wants(self, event: Event) -> bool:
        return getattr(event, "name", None) == self._name

    def _wake(self) -> None:
        """Called by publishers, in their threads, while they hold the bus: one turn at a time."""
        if not self._is_announced:
            self._is_announced = True
            self._turns.wait(self._look)

    def _look(self) -> None:
        self._is_announced = False
        self._changed.set()
        if self._subscription.waiting > self._limit:
            self._overflowed.set()
