from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from native_runtime.queue.stride import AHEAD, GROWTH, MOST, next_stride


def test_after_a_pause_jobs_are_claimed_one_by_one() -> None:
    assert next_stride(MOST, jobs=0, seconds=5.0) == 1


def test_slow_jobs_are_claimed_one_by_one() -> None:
    assert next_stride(MOST, jobs=1, seconds=AHEAD) == 1
    assert next_stride(1, jobs=3, seconds=60.0) == 1


def test_trivial_jobs_are_claimed_by_ever_larger_handfuls() -> None:
    strides = [1]
    while strides[-1] < MOST:
        strides.append(next_stride(strides[-1], jobs=strides[-1], seconds=strides[-1] * 0.00002))
    assert strides[:3] == [1, GROWTH, GROWTH * GROWTH]
    assert strides[-1] == MOST


def test_jobs_of_a_millisecond_are_claimed_as_many_as_fit_the_time_ahead() -> None:
    assert next_stride(50, jobs=50, seconds=0.05) == int(AHEAD / 0.001)


@given(st.integers(1, MOST), st.integers(0, 10_000), st.floats(0, 1e6))
def test_there_is_always_one_and_never_more_than_the_most(before: int, jobs: int, seconds: float) -> None:
    assert 1 <= next_stride(before, jobs=jobs, seconds=seconds) <= MOST
