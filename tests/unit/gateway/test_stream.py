"""The event stream: hello, resume, filters, and what happens to a client that does not read."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from native_runtime.events import Event, EventBus
from native_runtime.events.journal import DROPPABLE_LENGTH
from native_runtime.gateway.stream import TRY_AGAIN_LATER, EventStream
from native_runtime.gateway.texts import Texts
from native_runtime.gateway.turns import Turns
from native_runtime.processes.events import MessageReceived
from native_runtime.queue.events import JobStarted, QueuePaused

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from native_runtime.gateway import Gateway
    from tests.support.gateway_house import House

DEADLINE = 60.0
MASKED_FAREWELL = b"\x88\x80\x00\x00\x00\x00"  # a close frame as a client sends it, without a word


def listen(gateway: Gateway, query: str = "", **headers: str) -> ClientConnection:
    address = f"{gateway.url.replace('http', 'ws')}api/events{query}"
    shown = {"Authorization": f"Bearer {gateway.token}"} | headers
    return connect(address, additional_headers=shown, open_timeout=DEADLINE, proxy=None)


def hear(socket: ClientConnection) -> dict[str, Any]:
    document = json.loads(socket.recv(DEADLINE))
    assert isinstance(document, dict)
    return document


def pause(house: House, *queues: str) -> None:
    for queue in queues:
        house.bus.publish(QueuePaused(queue=queue, origin="test"))


def test_new_client_hears_what_happens_from_now_on(house: House, gateway: Gateway) -> None:
    pause(house, "before")
    with listen(gateway) as socket:
        assert hear(socket) == {"type": "hello", "seq": 1, "resumed": False}
        pause(house, "images")
        event = hear(socket)
    assert (event["type"], event["seq"], event["queue"], event["origin"]) == (
        "QueuePaused",
        2,
        "images",
        "test",
    )
    assert event["cause"] == []


def test_returning_client_hears_what_it_missed_first(house: House, gateway: Gateway) -> None:
    pause(house, "a", "b", "c")
    with listen(gateway, "?after=1") as socket:
        assert hear(socket) == {"type": "hello", "seq": 1, "resumed": True}
        assert [hear(socket)["queue"] for _ in range(2)] == ["b", "c"]


@pytest.mark.parametrize("after", [7, 10_000_000])
def test_client_of_an_earlier_run_is_told_that_it_cannot_resume(
    house: House, gateway: Gateway, after: int
) -> None:
    pause(house, "a")
    with listen(gateway, f"?after={after}") as socket:
        assert hear(socket) == {"type": "hello", "seq": 1, "resumed": False}


def test_client_that_was_away_too_long_is_told_that_it_cannot_resume(
    house: House, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause(house, "a")
    monkeypatch.setattr(EventBus, "can_resume", lambda _self, _after, *_kinds, brief: brief)
    with listen(gateway, "?after=0") as socket:
        assert hear(socket)["resumed"] is False


def test_client_may_ask_for_some_events_only(house: House, gateway: Gateway) -> None:
    with listen(gateway, "?only=QueuePaused,JobFailed") as socket:
        hear(socket)
        house.bus.publish(MessageReceived(name="api", lines=("noise",)))
        pause(house, "images")
        assert hear(socket)["type"] == "QueuePaused"


def test_client_may_ask_for_the_events_of_one_child_only(house: House, gateway: Gateway) -> None:
    with listen(gateway, "?name=api") as socket:
        hear(socket)
        pause(house, "images")
        house.supervisor.write("images:1", "not meant")
        house.supervisor.write("api", "meant")
        assert hear(socket)["lines"] == ["meant"]


def test_client_that_wants_brief_news_is_told_the_latest_of_each_sort_and_how_many_it_stands_for(
    house: House, gateway: Gateway
) -> None:
    flood = 5_000
    with listen(gateway, "?brief=1") as socket:
        hear(socket)
        for number in range(flood):
            house.bus.publish(JobStarted(job_id=f"j{number}", job="a", queue="q", worker="w:1", attempt=1))
        pause(house, "images")
        told: list[dict[str, Any]] = []
        while not told or told[-1]["type"] != "QueuePaused":
            told.append(hear(socket))
    started = [event for event in told if event["type"] == "JobStarted"]
    assert started[-1]["job_id"] == f"j{flood - 1}"
    assert len(started) + sum(event["skipped"] for event in started) == flood
    assert len(started) < flood / 10
    assert [event["seq"] for event in told] == sorted(event["seq"] for event in told)


def test_client_that_asks_for_a_base_hears_every_event_below_it(house: House, gateway: Gateway) -> None:
    with listen(gateway, "?only=JobEvent") as socket:
        hear(socket)
        pause(house, "images")
        house.bus.publish(JobStarted(job_id="j1", job="a", queue="q", worker="w:1", attempt=1))
        assert hear(socket)["type"] == "JobStarted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DarkroomOpened(Event):
    """An event of an app's own."""


def test_client_may_ask_for_an_event_of_the_app(house: House, gateway: Gateway) -> None:
    with listen(gateway, "?only=DarkroomOpened") as socket:
        hear(socket)
        pause(house, "images")
        house.bus.publish(DarkroomOpened())
        assert hear(socket)["type"] == "DarkroomOpened"


@pytest.mark.parametrize("said", ["garbage", b"\x00\xff", ""])
def test_what_a_client_says_is_not_heard(house: House, gateway: Gateway, said: str | bytes) -> None:
    with listen(gateway) as socket:
        hear(socket)
        socket.send(said)
        pause(house, "images")
        assert hear(socket)["queue"] == "images"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("after=soon", "after: expected a whole number from 0 up, got 'soon'"),
        ("after=-1", "got '-1'"),
        ("after=1e3", "got '1e3'"),
        ("after=1.0", "got '1.0'"),
        ("after=%2B1", "got '+1'"),
        ("after=" + "9" * 5000, "after: expected a whole number"),
        ("brief=2", "brief: expected one of 0, 1, got '2'"),
        ("only=Nope", "only: no event is called 'Nope'; expected names of classes, as ProcessExited"),
        ("only=QueuePaused,JobFaild", "only: no event is called 'JobFaild'; did you mean JobFailed?"),
        ("only=Event", "only: no event is called 'Event'"),
    ],
)
def test_what_means_nothing_is_refused_with_what_was_expected(
    gateway: Gateway, query: str, told: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        listen(gateway, f"?{query}")
    assert refused.value.response.status_code == 400
    assert told in json.loads(refused.value.response.body or b"{}")["error"]


def test_stream_needs_the_secret(gateway: Gateway) -> None:
    with pytest.raises(InvalidStatus) as refused:
        listen(gateway, Authorization="Bearer wrong")
    assert (
        refused.value.response.status_code == 403
    )  # a wrong secret is no program of ours: its origin counts


def test_foreign_page_with_our_cookie_may_not_listen(gateway: Gateway) -> None:
    port = gateway.url.rstrip("/").rpartition(":")[2]
    with pytest.raises(InvalidStatus) as refused:
        listen(
            gateway,
            Authorization="",
            Cookie=f"native_runtime_{port}={gateway.token}",
            Origin="http://evil.example",
        )
    assert refused.value.response.status_code == 403


def test_page_of_ours_with_our_cookie_may_listen(gateway: Gateway) -> None:
    port = gateway.url.rstrip("/").rpartition(":")[2]
    cookie = f"native_runtime_{port}={gateway.token}"
    with listen(gateway, Authorization="", Cookie=cookie, Origin=gateway.url.rstrip("/")) as socket:
        assert hear(socket)["type"] == "hello"


def test_stop_of_the_gateway_ends_the_stream(house: House) -> None:
    gateway = house.gateway()
    gateway.start()
    with listen(gateway) as socket:
        hear(socket)
        gateway.stop()
        with pytest.raises(ConnectionClosed):
            socket.recv(DEADLINE)


def test_stop_survives_clients_that_are_just_leaving(house: House) -> None:
    gateway = house.gateway()
    gateway.start()
    with ExitStack() as clients:
        for _ in range(20):
            socket = clients.enter_context(listen(gateway))
            hear(socket)
            socket.socket.sendall(MASKED_FAREWELL)
        gateway.stop()  # an exception in its thread would be a warning, and so an error
        assert not [thread for thread in threading.enumerate() if "gateway" in thread.name]


def test_client_that_left_is_forgotten_by_the_bus(house: House, gateway: Gateway) -> None:
    with listen(gateway) as socket:
        hear(socket)
        (subscription,) = house.bus._subscriptions
    while (
        not subscription.is_closed
    ):  # set by the server when it notices; the test's own deadline is pytest's
        subscription.take(timeout=1.0)
    assert house.bus._subscriptions == ()


class StuckSocket:
    """A client whose network takes the hello and then nothing more."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed: int | None = None
        self.greeted = asyncio.Event()
        self.stuck = asyncio.Event()
        self._never = asyncio.Event()

    async def accept(self) -> None:
        """The handshake works."""

    async def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text))
        self.greeted.set()
        if len(self.sent) > 1:
            self.stuck.set()
            await self._never.wait()

    async def receive(self) -> dict[str, Any]:
        await self._never.wait()
        return {}

    async def close(self, code: int, reason: str) -> None:
        assert "after=SEQ" in reason
        self.closed = code


async def _overwhelm(house: House, events: int, limit: int) -> StuckSocket:
    socket = StuckSocket()
    turns = Turns(asyncio.get_running_loop())
    stream = EventStream(
        _as_websocket(socket), bus=house.bus, turns=turns, texts=Texts(), after=None, limit=limit
    )
    async with asyncio.timeout(DEADLINE):
        serving = asyncio.create_task(stream.run())
        await socket.greeted.wait()
        pause(house, "first")
        await socket.stuck.wait()
        pause(house, *(f"queue-{number}" for number in range(events)))
        await serving
    return socket


def _as_websocket(socket: StuckSocket) -> WebSocket:
    return socket  # type: ignore[return-value]


def test_client_that_does_not_read_is_closed_to_come_back_later(house: House) -> None:
    socket = asyncio.run(_overwhelm(house, events=11, limit=10))
    assert socket.closed == TRY_AGAIN_LATER
    assert house.bus._subscriptions == ()


def test_dropped_output_is_counted_and_said(house: House, gateway: Gateway) -> None:
    flood = 1_500  # more than is kept for those who come back
    for _ in range(flood):
        house.bus.publish(MessageReceived(name="api", lines=("x",)))
    with listen(gateway, "?after=0") as socket:
        hear(socket)
        dropped = hear(socket)
        assert dropped == {"type": "dropped", "count": flood - DROPPABLE_LENGTH}
        told = [hear(socket)["seq"] for _ in range(DROPPABLE_LENGTH)]
        assert told == list(range(flood - DROPPABLE_LENGTH + 1, flood + 1))
