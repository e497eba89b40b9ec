from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from native_runtime.queue.brief import AT_ONCE, EVERY, Brief

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = int(AT_ONCE)


def number(value: int) -> Callable[[], dict[str, Any]]:
    return lambda: {"number": value}


def tell(brief: Brief, count: int, *, now: float, kind: str = "started") -> list[dict[str, Any]]:
    told = (brief.take(kind, number(each), now=now) for each in range(count))
    return [message for message in told if message is not None]


def test_everything_is_told_of_a_few() -> None:
    assert tell(Brief(), FEW, now=1.0) == [{"number": each, "skipped": 0} for each in range(FEW)]


def test_flood_is_told_at_a_bounded_rate_and_counted_whole() -> None:
    brief = Brief()
    told = [message for turn in range(100) for message in tell(brief, 1_000, now=turn * EVERY)]
    assert len(told) <= FEW + 100
    told += brief.rest()
    assert len(told) + sum(message["skipped"] for message in told) == 100_000


def test_kinds_do_not_take_one_anothers_turn() -> None:
    brief = Brief()
    tell(brief, 1_000, now=1.0)
    assert tell(brief, 1, now=1.0, kind="failed") == [{"number": 0, "skipped": 0}]


def test_last_is_told_before_a_pause_and_once() -> None:
    brief = Brief()
    tell(brief, FEW + 5, now=1.0)
    assert brief.rest() == [{"number": FEW + 4, "skipped": 4}]
    assert brief.rest() == []


def test_what_is_not_told_is_not_even_made() -> None:
    brief = Brief()
    tell(brief, FEW, now=1.0)
    assert brief.take("started", lambda: pytest.fail("made"), now=1.0) is None


def test_what_is_skipped_outright_is_counted() -> None:
    brief = Brief()
    brief.skip("queued", 199)
    assert brief.take("queued", number(1), now=1.0) == {"number": 1, "skipped": 199}


def test_what_is_withheld_is_counted_and_forgotten_once_all_of_it_is_wanted() -> None:
    brief = Brief()
    tell(brief, FEW + 7, now=1.0)
    assert (brief.release("started"), brief.release("started")) == (7, 0)
    assert brief.rest() == []
    assert brief.release("failed") == 0
