from datetime import UTC, datetime, timedelta

import pytest

from native_runtime.testing import FakeClock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_time_stands_still_until_it_is_advanced() -> None:
    clock = FakeClock(NOON)
    assert clock.utc() == NOON
    assert clock.monotonic() == clock.monotonic()


def test_advance_moves_both_sides_alike() -> None:
    clock = FakeClock(NOON, monotonic=5.0)
    clock.advance(90.5)
    assert clock.utc() == NOON + timedelta(seconds=90.5)
    assert clock.epoch() == NOON.timestamp() + 90.5
    assert clock.monotonic() == 95.5


def test_a_person_who_sets_the_clock_back_does_not_touch_the_monotonic_side() -> None:
    clock = FakeClock(NOON, monotonic=5.0)
    clock.set_wall_time(NOON - timedelta(hours=1))
    assert clock.utc() == NOON - timedelta(hours=1)
    assert clock.monotonic() == 5.0


def test_time_cannot_be_advanced_backwards() -> None:
    with pytest.raises(ValueError, match="expected 0 seconds or more, got -1"):
        FakeClock().advance(-1)
