from __future__ import annotations

import threading

import pytest

from native_runtime.errors import FeedbackLoopError
from native_runtime.events import NO_CAUSE, Cause, Event, EventBus
from native_runtime.events.cause import joined
from native_runtime.events.loop_guard import REFUSED, check, circle_of, is_known, same_circle
from native_runtime.testing import FakeClock


def test_chain_below_the_depth_may_go_on() -> None:
    check(Cause(tuple("aba")), "b", depth=4)


def test_chain_at_the_depth_is_refused_and_names_its_circle() -> None:
    with pytest.raises(FeedbackLoopError, match="b → a → b") as refused:
        check(Cause(tuple("xababa")), "b", depth=6)
    assert refused.value.circle == ("b", "a", "b")
    assert refused.value.depth == 7


def test_step_that_was_not_taken_before_is_let_go_on_however_long_the_chain() -> None:
    check(Cause(tuple("xababa")), "c", depth=6)


def test_refusal_is_told_even_if_nobody_lets_the_exception_pass() -> None:
    told: list[FeedbackLoopError] = []
    with REFUSED.holding(told.append), pytest.raises(FeedbackLoopError) as refused:
        check(Cause(tuple("aa")), "a", depth=2)
    assert told == [refused.value]


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


@pytest.mark.parametrize(
    ("trail", "step", "circle"),
    [("aaaa", "a", "aa"), ("xyabab", "a", "aba"), ("xabcabc", "a", "abca"), ("abyab", "a", "aba")],
)
def test_circle_is_what_lies_between_a_step_and_its_return(trail: str, step: str, circle: str) -> None:
    assert "".join(circle_of(tuple(trail), step)) == circle


def test_edit_beside_which_several_were_at_work_is_due_to_any_of_them() -> None:
    cause = joined([Cause(("x", "a")), Cause(("y", "z", "b"))])
    assert cause == Cause(("y", "z", "a | b"))
    assert joined([Cause(("a",))]) == Cause(("a",))
    assert joined([]) == NO_CAUSE


def test_chain_that_may_have_taken_a_step_is_refused_that_step() -> None:
    cause = Cause(("a | b",) * 4)
    for step in "ab":
        with pytest.raises(FeedbackLoopError) as refused:
            check(cause, step, depth=4)
        assert refused.value.circle == ("a | b", "a | b")
    check(cause, "c", depth=4)


def test_circles_of_which_it_is_not_sure_that_they_differ_are_told_once() -> None:
    vague = ("a | b", "a | b")
    assert is_known(("a", "a"), [vague])
    assert is_known(vague, [("b", "b")])
    assert not is_known(("c", "c"), [vague])
    assert not is_known(("a", "b", "a"), [("a", "c", "a")])


@pytest.mark.parametrize("circle", ["abca", "bcab", "cabc"])
def test_circle_is_the_same_wherever_it_is_cut(circle: str) -> None:
    assert same_circle(tuple(circle)) == ("a", "b", "c")
