from __future__ import annotations

import pytest

from native_runtime.errors import FeedbackLoopError
from native_runtime.events import Cause
from native_runtime.events.loop_guard import check, circle_of


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
