from __future__ import annotations

import threading

import pytest

from native_runtime.errors import FeedbackLoopError
from native_runtime.events import NO_CAUSE, Cause, Event, EventBus
from native_runtime.events.loop_guard import check, circle_of
from native_runtime.testing import FakeClock


def test_chain_below_the_depth_may_go_on() -> None:
    check(Cause(tuple("abc")), "d", depth=4)


def test_chain_at_the_depth_is_refused_and_names_its_circle() -> None:
    with pytest.raises(FeedbackLoopError, match="a → b → a") as refused:
        check(Cause(tuple("xababa")), "b", depth=6)
    assert refused.value.circle == ("a", "b", "a")
    assert refused.value.depth == 7


@pytest.mark.parametrize(
    ("trail", "circle"),
    [("aaaa", "aa"), ("xyabab", "aba"), ("xabcabc", "abca"), ("abcd", "abcd")],
)
def test_circle_is_the_shortest_repetition_at_the_end(trail: str, circle: str) -> None:
    assert "".join(circle_of(tuple(trail))) == circle


def test_what_a_handler_does_past_the_bus_is_known_by_its_time() -> None:
    clock = FakeClock()
    bus = EventBus(clock=clock)
    second = threading.Event()

    def handler(event: Event) -> None:
        clock.advance(5.0)
        if event.seq == 2:
            second.set()

    began = clock.epoch()
    bus.on(Event, handler)
    bus.publish(Event(), cause=Cause(("edit",)))
    bus.publish(Event())
    assert second.wait(60)
    trail = bus.cause_at(began + 2.0).trail
    assert (trail[0], len(trail)) == ("edit", 2)
    assert bus.cause_at(began - 1.0) == NO_CAUSE
    bus.close()
