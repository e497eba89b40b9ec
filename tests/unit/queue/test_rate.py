"""Rates and their buckets: so many at once, as many again in each period, and never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.queue.rate import APART, Bucket, Rate, filled, full, full_at, next_at, take

NOW = 1_800_000_000.0
rates = st.builds(Rate, st.integers(1, 1000), st.sampled_from([1.0, 10.0, 60.0, 3600.0]))
steps = st.lists(st.floats(0, 100), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/s", Rate(10, 1.0)),
        ("100/m", Rate(100, 60.0)),
        ("1000/h", Rate(1000, 3600.0)),
        ("5/10s", Rate(5, 10.0)),
        ("1/2h", Rate(1, 7200.0)),
    ],
)
def test_a_rate_is_a_number_a_slash_and_a_time(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text", ["", "10", "0/s", "-1/s", "1/0s", "1.5/s", "10/day", "10 / s", "10/s ", 10, None]
)
def test_what_is_no_rate_is_refused_with_examples(text: object) -> None:
    with pytest.raises(ValueError, match="expected a rate such as"):
        Rate.parse(text)


def test_a_rate_shows_as_it_is_written() -> None:
    assert (str(Rate.parse("100/m")), str(Rate.parse("5/10s"))) == ("100/60s", "5/10s")
    assert Rate.parse(str(Rate.parse("2/h"))) == Rate.parse("2/h")


@given(rate=rates, pauses=steps)
def test_no_window_sees_more_than_the_number_and_what_grows_in_it(rate: Rate, pauses: list[float]) -> None:
    bucket, now = full(rate, NOW), NOW
    taken: list[float] = []
    for pause in pauses:
        now += pause * rate.period / rate.count / 10
        after = take(bucket, rate, now)
        if after is not None:
            bucket, taken = after, [*taken, now]
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            grown = (taken[last] - start) * rate.count / rate.period
            assert last - first + 1 <= rate.count + grown + 1e-3


@given(rate=rates, tokens=st.floats(0, 1, exclude_max=True))
def test_a_token_is_there_when_it_was_said_to_be_and_not_before(rate: Rate, tokens: float) -> None:
    bucket = Bucket(tokens, NOW)
    at = next_at(bucket, rate)
    assert take(bucket, rate, at) is not None
    assert at - NOW <= rate.period / rate.count + 2e-6
    early = (1 - tokens) * rate.period / rate.count - 1e-5
    if early > 0:
        assert take(bucket, rate, NOW + early) is None


@given(rate=rates, tokens=st.floats(0, 1000), later=st.floats(0, 1e6))
def test_a_bucket_never_holds_more_than_its_number_and_is_full_when_said(
    rate: Rate, tokens: float, later: float
) -> None:
    bucket = Bucket(min(tokens, float(rate.count)), NOW)
    assert filled(bucket, rate, NOW + later).tokens <= rate.count
    assert filled(bucket, rate, full_at(bucket, rate)).tokens == pytest.approx(rate.count)


@given(rate=rates, tokens=st.floats(0, 1), late=st.floats(0, APART))
def test_a_look_that_comes_late_changes_nothing(rate: Rate, tokens: float, late: float) -> None:
    assert filled(Bucket(tokens, NOW), rate, NOW - late) == Bucket(tokens, NOW)


@given(rate=rates, tokens=st.floats(0, 1), back=st.floats(APART + 1, 1e6))
def test_a_clock_that_is_set_back_neither_gives_nor_takes(rate: Rate, tokens: float, back: float) -> None:
    assert filled(Bucket(tokens, NOW), rate, NOW - back) == Bucket(tokens, NOW - back)
