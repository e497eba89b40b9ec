"""Seconds since 1970 as dates: every number has one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.clock import utc_at

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_the_date_that_it_came_from(moment: datetime) -> None:
    assert abs((utc_at(moment.timestamp()) - moment).total_seconds()) < 1e-4


@pytest.mark.parametrize(
    ("epoch", "moment"),
    [
        (1732194000000.0, LAST),
        (1e308, LAST),
        (float("inf"), LAST),
        (10**400, LAST),
        (-1e308, FIRST),
        (float("-inf"), FIRST),
    ],
)
def test_what_no_date_can_say_is_the_first_or_the_last(epoch: float, moment: datetime) -> None:
    assert utc_at(epoch) == moment
