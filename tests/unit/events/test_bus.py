from __future__ import annotations

import threading
from dataclasses import FrozenInstanceError, dataclass
from functools import partial
from typing import Any, ClassVar

import pytest

from native_runtime.clock import SystemClock
from native_runtime.events import Cause, Event, EventBus, FrequentEvent, caused_by, current_cause, to_wire
from native_runtime.events.listener import name_of
from native_runtime.events.loop_guard import DEFAULT_DEPTH
from native_runtime.events.refused_loop import FeedbackLoopRefused
from native_runtime.events.subscription import DROPPABLE_LIMIT
from tests.support.processes import wait_until

DEADLINE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    name: str = "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chattered(Event):
    droppable: ClassVar[bool] = True
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(FrequentEvent):
    sort_of: str

    @property
    def sort(self) -> str:
        return self.sort_of


@pytest.fixture
def bus() -> EventBus:
    return EventBus(clock=SystemClock())


def test_published_events_are_numbered_and_stamped(bus: EventBus) -> None:
    first, second = bus.publish(Happened()), bus.publish(Happened())
    assert (first.seq, second.seq, bus.last_seq) == (1, 2, 2)
    assert first.at.tzinfo is not None
    assert second.monotonic >= first.monotonic


def test_events_are_frozen(bus: EventBus) -> None:
    event = bus.publish(Happened())
    with pytest.raises(FrozenInstanceError):
        event.name = "b"  # type: ignore[misc]


def test_handler_gets_only_what_it_asked_for(bus: EventBus) -> None:
    heard: list[Happened] = []
    bus.on(Happened, heard.append, name="b")
    for name in "abab":
        bus.publish(Happened(name=name))
    wait_until(lambda: len(heard) >= 2)  # a bus that is closed waits for its handlers, but not for long
    bus.close()
    assert [event.seq for event in heard] == [2, 4]


def test_handler_runs_on_another_thread_than_the_publisher(bus: EventBus) -> None:
    threads: list[threading.Thread] = []
    bus.on(Happened, lambda _event: threads.append(threading.current_thread()))
    bus.publish(Happened())
    wait_until(lambda: threads)
    bus.close()
    assert threads[0] is not threading.current_thread()


def test_raising_handler_hears_the_next_event_and_harms_nobody(bus: EventBus) -> None:
    heard: list[str] = []

    def breaks(event: Happened) -> None:
        heard.append(f"broken {event.name}")
        raise ValueError(event.name)

    bus.on(Happened, breaks)
    bus.on(Happened, lambda event: heard.append(f"fine {event.name}"))
    bus.publish(Happened(name="1"))
    bus.publish(Happened(name="2"))
    wait_until(lambda: len(heard) >= 4)
    bus.close()
    assert sorted(heard) == ["broken 1", "broken 2", "fine 1", "fine 2"]


def test_handler_that_hangs_holds_up_neither_publisher_nor_other_handlers(bus: EventBus) -> None:
    release, heard = threading.Event(), threading.Event()
    bus.on(Happened, lambda _event: release.wait(DEADLINE))
    bus.on(Happened, lambda event: heard.set() if event.seq == 100 else None)
    for _ in range(100):
        bus.publish(Happened())
    assert heard.wait(DEADLINE)
    release.set()
    bus.close()


def test_handler_that_ended_its_subscription_is_called_no_more_whatever_waits(bus: EventBus) -> None:
    heard: list[Happened] = []
    begun, release = threading.Event(), threading.Event()

    def listen(event: Happened) -> None:
        heard.append(event)
        begun.set()
        release.wait(DEADLINE)

    leave = bus.on(Happened, listen)
    for _ in range(10):
        bus.publish(Happened())
    assert begun.wait(DEADLINE)
    leave()
    release.set()
    bus.close()
    wait_until(lambda: not [each for each in threading.enumerate() if each.name.endswith("listen")])
    assert len(heard) == 1


def test_event_that_is_published_again_is_another_one(bus: EventBus) -> None:
    heard = bus.events(Happened)
    event = Happened()
    again = [bus.publish(event) for _ in range(3)]
    assert [each.seq for each in again] == [1, 2, 3]
    assert heard.take(0) == again


def test_flood_of_output_is_dropped_oldest_first_and_lifecycle_is_kept(bus: EventBus) -> None:
    subscription = bus.subscribe()
    for _ in range(DROPPABLE_LIMIT + 5):
        bus.publish(Chattered())
        bus.publish(Happened())
    events = subscription.take(0)
    assert sum(isinstance(event, Happened) for event in events) == DROPPABLE_LIMIT + 5
    assert sum(isinstance(event, Chattered) for event in events) == DROPPABLE_LIMIT
    assert subscription.dropped == 5
    assert [event.seq for event in events] == sorted(event.seq for event in events)


def test_of_frequent_events_the_latest_waits_for_whoever_wants_brief_news(bus: EventBus) -> None:
    brief, whole = bus.subscribe(brief=True), bus.subscribe()
    for _ in range(1_000):
        bus.publish(Repeated(sort_of="a"))
    bus.publish(Repeated(sort_of="b", skipped=7))
    last = bus.publish(Happened())
    told = brief.take(DEADLINE)
    assert [(event.seq, getattr(event, "skipped", None)) for event in told] == [
        (1_000, 999),
        (1_001, 7),
        (last.seq, None),
    ]
    assert len(whole.take(DEADLINE)) == 1_002


def test_subscriber_resumes_after_its_last_event_without_gap_or_double(bus: EventBus) -> None:
    for _ in range(5):
        bus.publish(Happened())
    subscription = bus.subscribe(after=3)
    bus.publish(Happened())
    assert [event.seq for event in subscription.take(0)] == [4, 5, 6]
    assert bus.can_resume(3)


def test_closed_subscription_takes_nothing_more(bus: EventBus) -> None:
    subscription = bus.subscribe()
    bus.unsubscribe(subscription)
    bus.unsubscribe(subscription)
    bus.publish(Happened())
    assert subscription.take(0) == []


def test_event_published_by_a_handler_carries_what_caused_it(bus: EventBus) -> None:
    def answer(_event: Happened) -> None:
        bus.publish(Chattered())

    bus.on(Happened, answer)
    answers = bus.subscribe(Chattered)
    with caused_by(Cause(("click",))):
        bus.publish(Happened())
    [event] = answers.take(DEADLINE)
    bus.close()
    assert event.cause.trail[0] == "click"
    assert "Happened → " in event.cause.trail[1]


def test_handler_that_answers_its_own_event_is_cut_once_and_named(bus: EventBus) -> None:
    count = 0

    def echo(_event: Happened) -> None:
        nonlocal count
        count += 1
        bus.publish(Happened())

    happened = bus.subscribe(Happened)
    bus.on(Happened, echo)
    refused = bus.subscribe(FeedbackLoopRefused)
    bus.publish(Happened())
    [event] = refused.take(DEADLINE)
    assert isinstance(event, FeedbackLoopRefused)
    assert "echo" in event.circle[0]
    assert count == DEFAULT_DEPTH
    bus.publish(Happened())
    seen = 0
    while seen < 2 * (1 + DEFAULT_DEPTH):
        seen += len(happened.take(DEADLINE))
    bus.close()
    assert refused.take(0) == []
    assert count == 2 * DEFAULT_DEPTH


def test_handler_that_is_made_anew_for_each_turn_is_recognised() -> None:
    def echo(_number: int, _event: Happened) -> None:
        """Made anew each time, by `partial`."""

    class Caller:
        def __call__(self, _event: Happened) -> None:
            """An object that is called."""

    assert name_of(partial(echo, 1)) == name_of(partial(partial(echo, 2))) == echo.__qualname__
    assert name_of(Caller()) == name_of(Caller()) == Caller.__qualname__


def test_cause_ends_with_its_block() -> None:
    with caused_by(Cause(("a",))):
        assert current_cause().trail == ("a",)
    assert current_cause().trail == ()


def test_event_on_the_wire_is_plain_data(bus: EventBus) -> None:
    with caused_by(Cause(("a", "b"))):
        wire = to_wire(bus.publish(Happened(name="x", origin="panel:1")))
    assert wire["type"] == "Happened"
    assert wire["cause"] == ["a", "b"]
    assert (wire["name"], wire["origin"], wire["seq"]) == ("x", "panel:1", 1)
    assert wire["at"].endswith("+00:00")


@pytest.mark.parametrize("kind", ["ProcessExited", None, 5, str, Happened(), (Happened, Chattered)])
def test_what_is_no_event_class_is_refused_and_leaves_the_bus_whole(bus: EventBus, kind: Any) -> None:
    heard: list[Happened] = []
    bus.on(Happened, heard.append)
    with pytest.raises(TypeError, match="expected an event class"):
        bus.on(kind, print)
    with pytest.raises(TypeError, match="expected an event class"):
        bus.events(kind)
    bus.publish(Happened())
    wait_until(lambda: heard)
    bus.close()
    assert len(heard) == 1


@pytest.mark.parametrize("published", ["ProcessExited", None, Happened])
def test_only_an_event_can_be_published(bus: EventBus, published: Any) -> None:
    with pytest.raises(TypeError, match="expected an event"):
        bus.publish(published)
    assert bus.publish(Happened()).seq == 1


def test_handler_that_is_no_function_is_refused(bus: EventBus) -> None:
    with pytest.raises(TypeError, match="expected a function that takes an event, got 5"):
        bus.on(Happened, 5)  # type: ignore[arg-type]
