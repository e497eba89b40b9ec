from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.processes.exit_status import ExitReason
from native_runtime.processes.restart import (
    CrashLoop,
    Decision,
    GiveUp,
    Restart,
    RestartPolicy,
    RestartWhen,
    StayDown,
    decide,
)

REASONS = st.sampled_from([reason for reason in ExitReason if reason is not ExitReason.STOPPED])


def decision(
    policy: RestartPolicy,
    reason: ExitReason = ExitReason.CRASHED,
    *,
    restarts: tuple[float, ...] = (),
    streak: int = 0,
    back_in: float | None = None,
    is_blameless: bool = False,
) -> Decision:
    return decide(
        policy,
        reason,
        restarts,
        now=100.0,
        streak=streak,
        back_in=back_in,
        is_blameless=is_blameless,
        spread=lambda delay, fraction: delay * (1 + fraction),
    )


def test_first_restart_is_immediate() -> None:
    assert decision(RestartPolicy()) == Restart(0.0)


def test_later_restarts_wait_ever_longer_up_to_the_cap() -> None:
    policy = RestartPolicy(delay=0.25, factor=2.0, max_delay=1.0, jitter=0)
    delays = [decision(policy, streak=streak) for streak in (1, 2, 3, 4, 99)]
    assert delays == [Restart(0.25), Restart(0.5), Restart(1.0), Restart(1.0), Restart(1.0)]


def test_delay_is_spread_by_the_jitter_of_the_policy_and_never_above_the_cap() -> None:
    policy = RestartPolicy(delay=0.5, factor=2.0, max_delay=1.25, jitter=0.5)
    assert [decision(policy, streak=streak) for streak in (1, 2)] == [Restart(0.75), Restart(1.25)]


def test_spent_budget_is_a_crash_loop_at_the_slowest_pace() -> None:
    policy = RestartPolicy(max_restarts=3, period=10.0, max_delay=60.0)
    assert decision(policy, restarts=(91.0, 95.0, 99.0)) == CrashLoop(60.0)


def test_spent_budget_under_give_up_ends_it() -> None:
    policy = RestartPolicy(max_restarts=1, period=10.0, give_up=True)
    assert decision(policy, restarts=(99.0,)) == GiveUp()


def test_restarts_older_than_the_period_do_not_count() -> None:
    policy = RestartPolicy(max_restarts=3, period=10.0)
    assert decision(policy, restarts=(80.0, 89.9, 90.0)) == Restart(0.0)


def test_planned_exit_comes_back_at_once_and_never_counts() -> None:
    policy = RestartPolicy(max_restarts=0)
    assert decision(policy, ExitReason.MEMORY_LIMIT, back_in=0.0) == Restart(0.0, counts=False)


def test_planned_exit_of_one_that_found_nothing_to_do_comes_back_when_it_said() -> None:
    policy = RestartPolicy(max_restarts=0, max_delay=60.0)
    assert decision(policy, ExitReason.RECYCLED, back_in=3.0) == Restart(3.0, counts=False)
    assert decision(policy, ExitReason.RECYCLED, back_in=1e9) == Restart(60.0, counts=False)


def test_child_whose_job_has_ended_others_before_it_comes_back_at_once_and_that_never_counts() -> None:
    spent = (98.0, 99.0)
    policy = RestartPolicy(max_restarts=2)
    assert decision(policy, restarts=spent, streak=2) == CrashLoop(60.0)
    assert decision(policy, restarts=spent, streak=2, is_blameless=True) == Restart(0.0, counts=False)


@given(reason=REASONS, back_in=st.none() | st.floats(0, 60), streak=st.integers(0, 50))
def test_never_means_never(reason: ExitReason, back_in: float | None, streak: int) -> None:
    policy = RestartPolicy(when=RestartWhen.NEVER)
    assert decision(policy, reason, back_in=back_in, streak=streak) == StayDown()


@given(reason=REASONS)
def test_on_failure_comes_back_after_everything_but_a_clean_exit(reason: ExitReason) -> None:
    policy = RestartPolicy(when=RestartWhen.ON_FAILURE)
    assert (decision(policy, reason) == StayDown()) is (reason is ExitReason.CLEAN)


@given(streak=st.integers(1, 10_000), delay=st.floats(0.001, 10), factor=st.floats(1, 10))
def test_no_delay_is_ever_longer_than_the_cap(streak: int, delay: float, factor: float) -> None:
    policy = RestartPolicy(delay=delay, factor=factor, max_delay=30.0)
    decided = decision(policy, streak=streak)
    assert isinstance(decided, Restart)
    assert 0 < decided.delay <= policy.max_delay


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"delay": -1}, "delay: expected a number of 0 or more, got -1"),
        ({"factor": 0.5}, "factor: expected a number of 1 or more, got 0.5"),
        ({"max_restarts": "3"}, "max_restarts: expected a number of 0 or more, got '3'"),
        ({"period": math.inf}, "period: expected a number of 0 or more, got inf"),
        ({"jitter": None}, "jitter: expected a number of 0 or more, got None"),
        ({"jitter": 2}, "jitter: expected a number from 0 to 1, got 2"),
        ({"max_restarts": 2.5}, "max_restarts: expected a whole number, got 2.5"),
        ({"give_up": "no"}, "give_up: expected true or false, got 'no'"),
        ({"when": "sometimes"}, "when: expected one of always, on-failure, never, got 'sometimes'"),
    ],
)
def test_policy_that_cannot_be_is_refused_when_it_is_made(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"RestartPolicy: {told}"):
        RestartPolicy(**settings)


def test_policy_takes_the_word_of_workers_toml() -> None:
    policy = RestartPolicy(when="on-failure")
    assert policy == RestartPolicy(when=RestartWhen.ON_FAILURE)
    assert policy.when is RestartWhen.ON_FAILURE
