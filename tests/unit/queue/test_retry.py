from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from native_runtime.queue.driver import Finish, Release
from native_runtime.queue.duration import LONGEST
from native_runtime.queue.job import Claim, NewJob
from native_runtime.queue.retry import (
    OUTCOMES,
    Defaults,
    Failure,
    FailureKind,
    decide_next,
    timeout_of,
    tries_of,
)
from native_runtime.queue.state import JobState

NOW = 1000.0
DEFAULTS = Defaults(tries=3, backoff=(1.0, 5.0), timeout=60.0)
COUNTED = [kind for kind in FailureKind if kind not in {FailureKind.QUIT, FailureKind.PUT_BACK}]
REPEATED = [kind for kind in COUNTED if kind not in {FailureKind.FAIL, FailureKind.CANCELLED}]


def decide(
    kind: FailureKind, attempt: int = 1, *, exceptions: int = 0, delay: float | None = None, **options: object
) -> Release | Finish:
    new = replace(NewJob(id="a", name="app.jobs.work"), **options)
    claim = Claim(new=new, token=7, attempt=attempt, exceptions=exceptions)
    failure = Failure(kind=kind, error="E: x", traceback="tb", delay=delay)
    return decide_next(claim, failure, defaults=DEFAULTS, now=NOW)


def released_at(decision: Release | Finish) -> float:
    assert isinstance(decision, Release)
    return decision.at


def outcome_of(decision: Release | Finish) -> JobState:
    assert isinstance(decision, Finish)
    return decision.outcome


@pytest.mark.parametrize("kind", REPEATED)
def test_a_failure_is_retried_until_the_tries_are_spent(kind: FailureKind) -> None:
    assert released_at(decide(kind, 1)) == NOW + 1
    assert released_at(decide(kind, 2)) == NOW + 5
    assert outcome_of(decide(kind, 3)) is OUTCOMES[kind]


def test_the_last_pause_of_a_list_repeats() -> None:
    assert released_at(decide(FailureKind.CRASHED, 8, tries=9, backoff=(0.0, 2.0))) == NOW + 2


def test_the_jobs_own_tries_and_backoff_come_before_the_workers() -> None:
    assert outcome_of(decide(FailureKind.EXCEPTION, 1, tries=1)) is JobState.FAILED
    assert released_at(decide(FailureKind.EXCEPTION, 3, tries=4, backoff=(9.0,))) == NOW + 9


@pytest.mark.parametrize("kind", [FailureKind.FAIL, FailureKind.CANCELLED])
def test_some_ends_are_final_at_once(kind: FailureKind) -> None:
    assert outcome_of(decide(kind, 1)) is OUTCOMES[kind]


def test_a_job_that_asks_for_a_pause_gets_it_within_its_tries() -> None:
    assert released_at(decide(FailureKind.RETRY, 1, delay=42.0)) == NOW + 42
    assert outcome_of(decide(FailureKind.RETRY, 3, delay=42.0)) is JobState.FAILED


def test_a_stop_by_the_app_gives_the_attempt_back_however_many_there_were() -> None:
    decision = decide(FailureKind.QUIT, 99)
    assert decision == Release(job_id="a", token=7, at=NOW, give_back=True)


def test_max_exceptions_counts_exceptions_and_nothing_else() -> None:
    assert released_at(decide(FailureKind.EXCEPTION, 1, max_exceptions=2)) == NOW + 1
    assert outcome_of(decide(FailureKind.EXCEPTION, 2, exceptions=1, max_exceptions=2)) is JobState.FAILED
    assert released_at(decide(FailureKind.CRASHED, 2, exceptions=1, max_exceptions=2)) == NOW + 5


def test_a_timeout_can_be_final() -> None:
    assert outcome_of(decide(FailureKind.TIMEOUT, 1, fail_on_timeout=True)) is JobState.TIMEOUT
    assert released_at(decide(FailureKind.CRASHED, 1, fail_on_timeout=True)) == NOW + 1


def test_nothing_is_retried_later_than_retry_until() -> None:
    assert released_at(decide(FailureKind.EXCEPTION, 1, retry_until=NOW + 1)) == NOW + 1
    assert outcome_of(decide(FailureKind.EXCEPTION, 1, retry_until=NOW + 0.9)) is JobState.FAILED


def test_a_job_that_is_put_back_keeps_its_tries_but_not_beyond_retry_until() -> None:
    for attempt in (1, 50):
        decision = decide(FailureKind.PUT_BACK, attempt, delay=2.5, retry_until=NOW + 2.5)
        assert decision == Release(job_id="a", token=7, at=NOW + 2.5, give_back=True)
    assert outcome_of(decide(FailureKind.PUT_BACK, 1, delay=2.5, retry_until=NOW + 2)) is JobState.FAILED


def test_retry_until_without_tries_sets_no_number() -> None:
    assert released_at(decide(FailureKind.EXCEPTION, 50, retry_until=NOW + 99)) == NOW + 5
    assert outcome_of(decide(FailureKind.EXCEPTION, 2, retry_until=NOW + 99, tries=2)) is JobState.FAILED
    assert tries_of(NewJob(id="a", name="b", retry_until=1.0), DEFAULTS) is None


def test_the_jobs_own_timeout_comes_before_the_workers() -> None:
    assert timeout_of(NewJob(id="a", name="b"), DEFAULTS) == 60.0
    assert timeout_of(NewJob(id="a", name="b", timeout=2.0), DEFAULTS) == 2.0


@pytest.mark.parametrize("odd", [10**400, 1e308, float("inf")])
@pytest.mark.parametrize("kind", REPEATED)
def test_a_pause_or_timeout_that_an_older_version_stored_becomes_the_longest_there_is(
    kind: FailureKind, odd: float
) -> None:
    assert released_at(decide(kind, backoff=(odd,))) == NOW + LONGEST
    assert released_at(decide(kind, delay=odd)) == NOW + LONGEST
    assert timeout_of(NewJob(id="a", name="b", timeout=odd), DEFAULTS) == LONGEST


@given(
    kind=st.sampled_from(COUNTED),
    attempt=st.integers(1, 50),
    tries=st.none() | st.integers(1, 20),
    max_exceptions=st.none() | st.integers(1, 20),
    exceptions=st.integers(0, 20),
)
def test_no_job_runs_more_often_than_its_tries_and_every_decision_names_its_claim(
    kind: FailureKind, attempt: int, tries: int | None, max_exceptions: int | None, exceptions: int
) -> None:
    decision = decide(kind, attempt, exceptions=exceptions, tries=tries, max_exceptions=max_exceptions)
    assert (decision.job_id, decision.token, decision.error, decision.traceback) == ("a", 7, "E: x", "tb")
    if isinstance(decision, Release):
        assert attempt < (tries or DEFAULTS.tries)
        assert decision.at >= NOW
        assert not decision.give_back
    assert decision.exception is (kind is FailureKind.EXCEPTION)
