from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import ClassVar

import pytest

from native_runtime.clock import SystemClock
from native_runtime.events import Event, EventBus, FrequentEvent
from native_runtime.events.journal import DROPPABLE_LENGTH, JOURNAL_LENGTH
from native_runtime.events.subscription import DROPPABLE_LIMIT

DEADLINE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    name: str = "a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Chattered(Event):
    droppable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(FrequentEvent):
    pass


@pytest.fixture
def bus() -> EventBus:
    return EventBus(clock=SystemClock())


def test_iterates_over_what_happens_from_the_moment_it_is_made(bus: EventBus) -> None:
    bus.publish(Happened())
    events = bus.events(Happened)
    bus.publish(Happened(name="b"))
    bus.publish(Ended())
    bus.publish(Happened(name="c"))
    events.close()
    assert [event.name for event in events] == ["b", "c"]


def test_several_classes_and_fields_narrow_it(bus: EventBus) -> None:
    both, one, every = bus.events(Happened, Ended), bus.events(Happened, name="b"), bus.events(Event)
    for event in (Happened(), Ended(), Happened(name="b"), Chattered()):
        bus.publish(event)
    bus.close()
    assert [event.seq for event in both] == [1, 2, 3]
    assert [event.seq for event in one] == [3]
    assert [event.seq for event in every] == [1, 2, 3, 4]


def test_field_that_no_such_event_has_is_refused(bus: EventBus) -> None:
    with pytest.raises(TypeError, match=r"Happened has no field 'nmae'; it has .*name"):
        bus.events(Happened, nmae="b")


def test_field_that_only_some_classes_below_have_is_let_pass(bus: EventBus) -> None:
    events = bus.events(Event, name="a")
    bus.publish(Ended())
    bus.publish(Happened())
    assert [event.seq for event in events.take(0)] == [2]


def test_iteration_waits_in_one_thread_for_what_another_publishes(bus: EventBus) -> None:
    events = bus.events(Happened)
    threading.Thread(target=bus.publish, args=(Happened(name="late"),)).start()
    assert next(events).name == "late"


def test_closing_ends_an_iteration_that_waits(bus: EventBus) -> None:
    told: list[Event] = []
    with bus.events(Happened) as events:
        waiting = threading.Thread(target=lambda: told.extend(events))
        waiting.start()
    waiting.join(DEADLINE)
    assert not waiting.is_alive()
    assert told == []
    assert events.is_closed
    assert list(events) == []


def test_end_of_the_bus_ends_it_after_what_waits(bus: EventBus) -> None:
    events = bus.events(Happened)
    bus.publish(Happened())
    bus.close()
    assert len(list(events)) == 1


def test_time_without_an_event_is_told_and_iterating_may_go_on(bus: EventBus) -> None:
    events = bus.events(Happened, timeout=0.01)
    with pytest.raises(TimeoutError, match=r"no Happened came within 0\.01 s"):
        next(events)
    bus.publish(Happened())
    assert next(events).seq == 1


def test_take_gives_all_that_waits_and_nothing_when_the_time_is_over(bus: EventBus) -> None:
    events = bus.events(Happened)
    for _ in range(3):
        bus.publish(Happened())
    assert next(events).seq == 1
    assert [event.seq for event in events.take()] == [2, 3]
    assert events.take(timeout=0.01) == []


def test_what_is_dropped_is_counted_as_missed(bus: EventBus) -> None:
    events = bus.events(Event)
    for _ in range(DROPPABLE_LIMIT + 7):
        bus.publish(Chattered())
    assert len(events.take(0)) == DROPPABLE_LIMIT
    assert events.missed == 7


def test_resumes_behind_a_number(bus: EventBus) -> None:
    for _ in range(5):
        bus.publish(Happened())
    events = bus.events(Happened, after=3)
    assert events.resumed
    assert [event.seq for event in events.take(0)] == [4, 5]
    assert events.missed == 0


def test_number_that_no_event_has_is_not_missed(bus: EventBus) -> None:
    seen = bus.publish(Happened()).seq
    assert bus.skip() == seen + 1 == bus.last_seq
    assert bus.publish(Happened()).seq == seen + 2
    events = bus.events(Event, after=seen)
    assert (events.resumed, events.missed, len(events.take(0))) == (True, 0, 1)


def test_output_that_is_too_long_ago_to_resume_is_missed(bus: EventBus) -> None:
    for _ in range(DROPPABLE_LENGTH + 5):
        bus.publish(Chattered())
    assert bus.events(Event, after=0).missed == 5
    assert bus.events(Happened, after=0).missed == 0


def test_lifecycle_that_is_too_long_ago_cannot_be_resumed(bus: EventBus) -> None:
    for _ in range(JOURNAL_LENGTH + 1):
        bus.publish(Ended())
    events = bus.events(Event, after=0)
    assert not events.resumed
    assert events.take(0) == []
    assert bus.events(Event, after=1).resumed


def test_number_of_another_run_cannot_be_resumed(bus: EventBus) -> None:
    bus.publish(Ended())
    assert not bus.events(Event, after=10_000).resumed


def test_what_nobody_listened_to_cannot_be_resumed_and_everything_else_can(bus: EventBus) -> None:
    bus.complete_since = {Repeated: None}
    assert not bus.events(Event, after=0).resumed
    assert not bus.events(FrequentEvent, after=0).resumed
    assert bus.events(Happened, after=0).resumed
    bus.complete_since = {Repeated: 0}
    assert bus.events(Repeated, after=0).resumed


def test_brief_news_are_the_latest_of_each_sort(bus: EventBus) -> None:
    events = bus.events(Repeated, brief=True)
    for _ in range(10):
        bus.publish(Repeated())
    assert next(events).skipped == 9


def test_async_iteration_waits_for_what_another_thread_publishes(bus: EventBus) -> None:
    async def listen() -> list[str]:
        told = []
        async with bus.events(Happened) as events:
            threading.Thread(target=publish_some).start()
            async for event in events:
                told.append(event.name)
                if event.name == "9":
                    break
        assert events.is_closed
        return told

    def publish_some() -> None:
        for number in range(10):
            bus.publish(Happened(name=str(number)))

    assert asyncio.run(asyncio.wait_for(listen(), DEADLINE)) == list("0123456789")


def test_async_iteration_ends_with_the_bus_after_what_waits(bus: EventBus) -> None:
    async def listen() -> int:
        events = bus.events(Happened)
        bus.publish(Happened())
        threading.Thread(target=bus.close).start()
        return len([event async for event in events])

    assert asyncio.run(asyncio.wait_for(listen(), DEADLINE)) == 1


def test_async_iteration_tells_that_nothing_came_in_time(bus: EventBus) -> None:
    async def listen() -> None:
        async for _event in bus.events(Happened, timeout=0.01):
            raise AssertionError

    with pytest.raises(TimeoutError, match="no Happened came"):
        asyncio.run(listen())


def test_async_iteration_over_a_flood_lets_the_loop_do_other_things(bus: EventBus) -> None:
    count = 200_000

    async def listen() -> tuple[int, int]:
        events = bus.events(Happened)
        for _ in range(count):
            bus.publish(Happened())
        events.close()
        others = 0
        is_over = asyncio.Event()

        async def work_beside() -> None:
            nonlocal others
            while not is_over.is_set():
                others += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(work_beside())
        heard = len([event async for event in events])
        is_over.set()
        await beside
        return heard, others

    heard, others = asyncio.run(listen())
    assert heard == count
    assert others > 2


def test_publishing_goes_on_when_the_loop_that_listened_is_closed(bus: EventBus) -> None:
    events = bus.events(Happened)

    async def listen_in_vain() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.01)

    asyncio.run(listen_in_vain())
    bus.publish(Happened())
    assert next(events).seq == 1
