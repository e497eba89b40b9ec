from __future__ import annotations

import threading

from native_runtime.events import Cause, Event, EventBus
from native_runtime.events.deeds import Deeds
from native_runtime.testing import FakeClock

FIRST, SECOND = Cause(("a",)), Cause(("a", "b"))


def test_work_is_due_to_its_cause_while_it_goes_on_and_no_longer() -> None:
    clock = FakeClock()
    deeds = Deeds(clock)
    began = clock.epoch()
    deeds.turn_to(FIRST)
    clock.advance(5.0)
    assert deeds.cause_at(clock.epoch()) == FIRST
    deeds.rest()
    clock.advance(5.0)
    assert deeds.cause_at(began + 5.0) == FIRST
    assert deeds.cause_at(clock.epoch()) is None
    assert deeds.cause_at(began - 1.0) is None


def test_next_cause_ends_the_work_of_the_one_before() -> None:
    clock = FakeClock()
    deeds = Deeds(clock)
    deeds.turn_to(SECOND)
    clock.advance(5.0)
    deeds.turn_to(FIRST)
    clock.advance(5.0)
    assert deeds.cause_at(clock.epoch()) == FIRST


def test_longest_chain_counts_where_two_are_near() -> None:
    clock = FakeClock()
    deeds = Deeds(clock)
    deeds.turn_to(SECOND)
    deeds.turn_to(FIRST)
    assert deeds.cause_at(clock.epoch()) == SECOND


def test_what_a_handler_that_is_still_at_work_does_past_the_bus_is_known_by_its_time() -> None:
    bus = EventBus(clock=(clock := FakeClock()))
    began, release = threading.Event(), threading.Event()

    def handler(_event: Event) -> None:
        began.set()
        release.wait(60)

    bus.on(Event, handler)
    bus.publish(Event(), cause=Cause(("edit",)))
    assert began.wait(60)
    assert bus.cause_at(clock.epoch()).trail[0] == "edit"
    release.set()
    bus.close()
