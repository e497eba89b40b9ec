"""Handlers that a loop of the app's own calls; the loop is played here by the test's own thread."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, ClassVar

import pytest

from native_runtime.clock import SystemClock
from native_runtime.events import Event, EventBus, FrequentEvent
from native_runtime.events.delivery import TURN
from native_runtime.events.refused_loop import FeedbackLoopRefused
from native_runtime.events.subscription import DROPPABLE_LIMIT
from native_runtime.testing import FakeClock
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from native_runtime.clock import Clock

DEADLINE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    name: str = "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chattered(Event):
    droppable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(FrequentEvent):
    pass


class Loop:
    """A loop that turns when the test says so."""

    def __init__(self) -> None:
        self._functions: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.is_gone = False

    def call_soon(self, function: Callable[[], None], /) -> None:
        if self.is_gone:
            raise RuntimeError("gone")
        self._functions.put(function)

    def turn(self) -> None:
        """Wait for one function, and call it."""
        self._functions.get(timeout=DEADLINE)()

    def turn_until(self, fact: Callable[[], bool]) -> int:
        """How many turns it took."""
        turns = 0
        while not fact():
            self.turn()
            turns += 1
        return turns


@pytest.fixture
def loop() -> Loop:
    return Loop()


def bus_with(clock: Clock) -> Iterator[EventBus]:
    bus = EventBus(clock=clock)
    yield bus
    bus.close()
    # The thread of a loop that is gone ends by itself, after it has told of that.
    wait_until(lambda: not [each for each in threading.enumerate() if each.name.endswith("delivery")])


@pytest.fixture
def bus() -> Iterator[EventBus]:
    yield from bus_with(SystemClock())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def still_bus(clock: FakeClock) -> Iterator[EventBus]:
    """One for which time stands still unless the test lets it pass."""
    yield from bus_with(clock)


def test_handler_is_called_on_the_thread_of_the_loop(bus: EventBus, loop: Loop) -> None:
    threads: list[threading.Thread] = []
    bus.on(Happened, lambda _event: threads.append(threading.current_thread()), deliver=loop.call_soon)
    threading.Thread(target=bus.publish, args=(Happened(),)).start()
    loop.turn_until(lambda: bool(threads))
    assert threads == [threading.current_thread()]


def test_handlers_of_one_loop_hear_of_all_events_in_one_order(bus: EventBus, loop: Loop) -> None:
    heard: list[tuple[int, str]] = []

    def listen(word: str, event: Event) -> None:
        heard.append((event.seq, word))

    bus.on(Happened, partial(listen, "a"), deliver=loop.call_soon, name="a")
    bus.on(Happened, partial(listen, "b"), deliver=loop.call_soon, name="b")
    bus.on(Event, partial(listen, "all"), deliver=loop.call_soon)
    publishers = [
        threading.Thread(target=lambda name=name: [bus.publish(Happened(name=name)) for _ in range(500)])
        for name in "ab"
    ]
    for each in publishers:
        each.start()
    loop.turn_until(lambda: len(heard) == 2_000)
    assert [seq for seq, _ in heard] == [seq for number in range(1, 1_001) for seq in (number, number)]
    assert {word for _, word in heard[1::2]} == {"all"}


def test_events_of_one_turn_are_handed_over_together(still_bus: EventBus, loop: Loop) -> None:
    heard: list[Event] = []
    for _ in range(100):
        still_bus.publish(Happened())
    still_bus.on(Happened, heard.append, deliver=loop.call_soon)
    for _ in range(100):
        still_bus.publish(Happened())
    turns = loop.turn_until(lambda: len(heard) == 100)
    assert turns <= 2  # the first may begin before all are published


def test_turn_ends_when_its_time_is_over_and_the_rest_follows_in_the_next(
    still_bus: EventBus, loop: Loop, clock: FakeClock
) -> None:
    heard: list[int] = []

    def takes_long(event: Happened) -> None:
        heard.append(event.seq)
        clock.advance(TURN)

    still_bus.on(Happened, takes_long, deliver=loop.call_soon)
    for _ in range(3):
        still_bus.publish(Happened())
    for number in range(1, 4):
        loop.turn()
        assert heard == list(range(1, number + 1))


def test_flood_that_waits_for_the_loop_is_bounded_and_lifecycle_is_kept(bus: EventBus, loop: Loop) -> None:
    heard: list[Event] = []
    bus.on(Event, heard.append, deliver=loop.call_soon)
    for _ in range(3 * DROPPABLE_LIMIT):
        bus.publish(Chattered())
        bus.publish(Happened())
    last = bus.publish(Happened(name="last"))
    loop.turn_until(lambda: last in heard)
    assert sum(isinstance(event, Chattered) for event in heard) == DROPPABLE_LIMIT
    assert sum(isinstance(event, Happened) for event in heard) == 3 * DROPPABLE_LIMIT + 1


def test_of_frequent_events_the_latest_is_enough_for_whoever_says_so(bus: EventBus, loop: Loop) -> None:
    heard: list[Repeated] = []
    bus.on(Repeated, heard.append, deliver=loop.call_soon, brief=True)
    for _ in range(1_000):
        bus.publish(Repeated())
    loop.turn_until(lambda: bool(heard) and heard[-1].seq == 1_000)
    assert sum(1 + event.skipped for event in heard) == 1_000
    assert len(heard) <= 2


def test_raising_handler_is_logged_and_the_others_hear(
    bus: EventBus, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Event] = []

    def breaks(_event: Happened) -> None:
        raise ValueError("broken")

    bus.on(Happened, breaks, deliver=loop.call_soon)
    bus.on(Happened, heard.append, deliver=loop.call_soon)
    bus.publish(Happened())
    bus.publish(Happened())
    with caplog.at_level(logging.ERROR):
        loop.turn_until(lambda: len(heard) == 2)
    assert [record.getMessage().split(" failed on ")[1] for record in caplog.records] == [
        "Happened (seq 1)",
        "Happened (seq 2)",
    ]


def test_handler_that_ended_its_subscription_is_called_no_more(bus: EventBus, loop: Loop) -> None:
    heard: list[Event] = []
    others: list[Event] = []

    def once(event: Happened) -> None:
        heard.append(event)
        leave()

    leave = bus.on(Happened, once, deliver=loop.call_soon)
    bus.on(Happened, others.append, deliver=loop.call_soon)
    for _ in range(10):
        bus.publish(Happened())
    loop.turn_until(lambda: len(others) == 10)
    assert len(heard) == 1


def test_loop_that_is_gone_ends_the_subscriptions(
    bus: EventBus, loop: Loop, caplog: pytest.LogCaptureFixture
) -> None:
    told = threading.Event()
    bus.on(Happened, lambda _event: None, deliver=loop.call_soon)
    assert bus.listens_to(Happened)
    bus.on_listeners = told.set
    loop.is_gone = True
    bus.publish(Happened())
    assert told.wait(DEADLINE)
    assert not bus.listens_to(Happened)
    assert caplog.records == []


def test_loop_that_goes_before_its_turn_came_is_found_out(bus: EventBus, loop: Loop) -> None:
    asked, told = threading.Event(), threading.Event()

    def deliver(function: Callable[[], None]) -> None:
        loop.call_soon(function)
        asked.set()

    bus.on(Happened, lambda _event: None, deliver=deliver)
    bus.on_listeners = told.set
    bus.publish(Happened())
    assert asked.wait(DEADLINE)
    loop.is_gone = True
    assert told.wait(DEADLINE)
    assert not bus.listens_to(Happened)


def test_way_into_a_loop_that_breaks_is_told(bus: EventBus, caplog: pytest.LogCaptureFixture) -> None:
    told = threading.Event()

    def no_way(_function: Callable[[], None]) -> None:
        raise ValueError("no way")

    bus.on(Happened, lambda _event: None, deliver=no_way)
    bus.on_listeners = told.set
    bus.publish(Happened())
    assert told.wait(DEADLINE)
    assert "no_way" in caplog.text
    assert "its handlers are called no more" in caplog.text


def test_nobody_is_called_after_the_bus_is_closed(bus: EventBus, loop: Loop) -> None:
    heard: list[Event] = []
    asked = threading.Event()

    def deliver(function: Callable[[], None]) -> None:
        loop.call_soon(function)
        asked.set()

    bus.on(Happened, heard.append, deliver=deliver)
    bus.publish(Happened())
    assert asked.wait(DEADLINE)
    bus.close()  # on the loop's own thread, as at the end of an app
    loop.turn()
    assert heard == []


def test_circle_through_a_loop_is_cut_and_told_once(bus: EventBus, loop: Loop) -> None:
    def echo(_event: Happened) -> None:
        bus.publish(Happened())

    refused = bus.events(FeedbackLoopRefused)
    heard: list[Event] = []
    bus.on(Happened, echo, deliver=loop.call_soon)
    bus.on(FeedbackLoopRefused, heard.append, deliver=loop.call_soon)
    bus.publish(Happened())
    loop.turn_until(lambda: bool(heard))
    assert [event.circle[0].split(" → ")[0] for event in refused.take(0)] == ["Happened"]


def test_asyncio_calls_handlers_on_its_own_thread(bus: EventBus) -> None:
    async def listen() -> list[tuple[int, threading.Thread]]:
        heard: list[tuple[int, threading.Thread]] = []
        is_over = asyncio.Event()

        def on_event(event: Happened) -> None:
            heard.append((event.seq, threading.current_thread()))
            if event.seq == 100:
                is_over.set()

        bus.on(Happened, on_event, deliver=asyncio.get_running_loop().call_soon_threadsafe)
        threading.Thread(target=lambda: [bus.publish(Happened()) for _ in range(100)]).start()
        await asyncio.wait_for(is_over.wait(), DEADLINE)
        return heard

    heard = asyncio.run(listen())
    assert heard == [(seq, threading.current_thread()) for seq in range(1, 101)]


def test_closed_asyncio_loop_ends_the_subscription(bus: EventBus) -> None:
    async def listen() -> None:
        bus.on(Happened, lambda _event: None, deliver=asyncio.get_running_loop().call_soon_threadsafe)

    asyncio.run(listen())
    told = threading.Event()
    bus.on_listeners = told.set
    bus.publish(Happened())
    assert told.wait(DEADLINE)
    assert not bus.listens_to(Happened)


def test_async_handler_is_refused(bus: EventBus) -> None:
    async def handle(_event: Happened) -> None:
        """Would never be awaited."""

    with pytest.raises(TypeError, match=r"handle is async .*async for event in runtime\.events"):
        bus.on(Happened, handle)
