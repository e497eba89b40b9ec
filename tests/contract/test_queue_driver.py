"""What every job store promises: one suite, every driver."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from native_runtime.errors import ConflictError, OptionError
from native_runtime.queue.driver import Ack, Finish, JobFilter, QueueDriver, Release
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.job import Claim, NewJob
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_800_000_000.0
LATER = NOW + 100.0
OVER = tuple(state for state in JobState if state.is_over)


@pytest.fixture(params=["memory", "sqlite"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QueueDriver]:
    made: QueueDriver = (
        MemoryDriver() if request.param == "memory" else SqliteDriver(tmp_path / "queue.sqlite3", owner=True)
    )
    yield made
    made.close()


def new(job_id: str = "a", **fields: object) -> NewJob:
    return replace(NewJob(id=job_id, name="app.jobs.work"), **fields)


def claim(driver: QueueDriver, *queues: str, worker: str = "w", now: float = NOW) -> Claim:
    (claimed,) = driver.claim(queues or ["default"], worker=worker, limit=1, now=now)
    return claimed


def ids(driver: QueueDriver, *queues: str, limit: int = 100, now: float = NOW) -> list[str]:
    return [each.id for each in driver.claim(queues or ["default"], worker="w", limit=limit, now=now)]


def state_of(driver: QueueDriver, job_id: str = "a") -> JobState:
    job = driver.find(job_id)
    assert job is not None
    return job.state


# Storing


def test_everything_that_was_handed_in_is_found_again(driver: QueueDriver) -> None:
    given = NewJob(
        id="thumb:42",
        name="app.jobs.thumb",
        queue="images",
        payload=b'{"args":{"p":"\xc3\xa4"}}',
        priority=-3,
        available_at=LATER,
        tries=5,
        backoff=(1.0, 2.5),
        timeout=0.5,
        cause=("event JobFailed → retry it", "job ü"),
        max_exceptions=2,
        retry_until=LATER + 1,
        fail_on_timeout=True,
        unique_key="k",
        unique_until=LATER + 2,
        meta=b"{}",
    )
    assert [(pushed.id, pushed.is_new) for pushed in driver.push([given], now=NOW)] == [("thumb:42", True)]
    found = driver.find("thumb:42")
    assert found is not None
    assert found.new == given
    assert (found.state, found.attempts, found.token, found.created_at) == (JobState.DELAYED, 0, 0, NOW)


def test_options_left_to_the_worker_stay_open(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    given = claim(driver).new
    assert (given.tries, given.backoff, given.timeout) == (None, None, None)


def test_the_same_id_with_the_same_payload_is_stored_once(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    again = driver.push([new(), new("b"), new("b")], now=NOW)
    assert [(pushed.id, pushed.is_new) for pushed in again] == [("a", False), ("b", True), ("b", False)]
    assert driver.count(JobFilter()) == 2


def test_the_same_id_is_stored_once_even_after_its_job_is_over(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    driver.settle([Ack(job_id="a", token=claim(driver).token)], now=NOW)
    assert not driver.push([new()], now=NOW)[0].is_new
    assert state_of(driver) is JobState.SUCCESS


@pytest.mark.parametrize(
    "again", [b'{"args":{"b":2.0,"a":{"d":[1],"c":"x"}}}', b' {"args":{"a":{"c":"x","d":[1]},"b":2.0}}']
)
def test_the_order_of_keys_makes_no_other_job(driver: QueueDriver, again: bytes) -> None:
    payload = b'{"args":{"a":{"d":[1],"c":"x"},"b":2.0}}'
    driver.push([new(payload=payload)], now=NOW)
    assert not driver.push([new(payload=again)], now=NOW)[0].is_new
    found = driver.find("a")
    assert found is not None
    assert found.new.payload == payload


@pytest.mark.parametrize(
    "again", [b'{"args":{"a":[2,1]}}', b'{"args":{"a":[1,2.0]}}', b'{"args":{"a":[true,2]}}', b"no JSON"]
)
def test_other_values_are_another_payload_also_where_python_calls_them_equal(
    driver: QueueDriver, again: bytes
) -> None:
    driver.push([new(payload=b'{"args":{"a":[1,2]}}')], now=NOW)
    with pytest.raises(ConflictError, match="payload"):
        driver.push([new(payload=again)], now=NOW)


def test_the_same_call_to_be_run_otherwise_is_the_job_that_is_there(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    (pushed,) = driver.push([new(queue="other", priority=3, tries=9, available_at=LATER)], now=NOW)
    assert (pushed.id, pushed.is_new) == ("a", False)
    found = driver.find("a")
    assert found is not None
    assert (found.new.queue, found.new.priority, found.new.tries) == ("default", 0, None)
    assert ids(driver, "other") == []


@pytest.mark.parametrize(("field", "value"), [("payload", b'{"args":{}}'), ("name", "x.y")])
def test_the_same_id_with_something_else_is_a_conflict_and_nothing_is_stored(
    driver: QueueDriver, field: str, value: object
) -> None:
    driver.push([new()], now=NOW)
    with pytest.raises(ConflictError, match=field):
        driver.push([new("b"), new("a", **{field: value})], now=NOW)
    assert driver.find("b") is None


def test_two_different_jobs_of_one_id_in_one_step_are_a_conflict(driver: QueueDriver) -> None:
    with pytest.raises(ConflictError, match="payload"):
        driver.push([new(), new(payload=b'{"args":{}}')], now=NOW)
    assert driver.find("a") is None


def test_a_unique_job_is_stored_once_in_its_window(driver: QueueDriver) -> None:
    def unique(job_id: str, now: float) -> NewJob:
        return new(job_id, unique_key="k", unique_until=now + 10)

    driver.push([unique("a", NOW)], now=NOW)
    (inside,) = driver.push([unique("b", NOW + 9)], now=NOW + 9)
    (outside,) = driver.push([unique("c", NOW + 10)], now=NOW + 10)
    assert (inside.id, inside.is_new) == ("a", False)
    assert (outside.id, outside.is_new) == ("c", True)


def test_unique_job_is_found_before_its_id_is_compared(driver: QueueDriver) -> None:
    driver.push([new("a", unique_key="k", unique_until=LATER), new("b")], now=NOW)
    (pushed,) = driver.push([new("b", payload=b"[]", unique_key="k", unique_until=LATER)], now=NOW)
    assert (pushed.id, pushed.is_new) == ("a", False)


def test_jobs_without_a_chosen_id_are_named_by_the_store_and_never_alike(driver: QueueDriver) -> None:
    first = [pushed.id for pushed in driver.push([new(""), new(""), new("")], now=NOW)]
    driver.forget(JobFilter(ids=tuple(first), states=(JobState.READY,)))
    then = [pushed.id for pushed in driver.push([new("")], now=NOW) + driver.push([new("")], now=NOW)]
    assert len({*first, *then}) == 5
    assert all(re.fullmatch("j[1-9][0-9]*", job_id) for job_id in [*first, *then])
    assert [job.id for job in driver.select(JobFilter(ids=tuple(then)))] == then[::-1]


@pytest.mark.parametrize("job_id", ["j1", "j3", "j999999999999999999"])
def test_ids_that_the_store_gives_cannot_be_chosen(driver: QueueDriver, job_id: str) -> None:
    with pytest.raises(OptionError, match=rf"app\.jobs\.work: id: .*as the store names jobs, got '{job_id}'"):
        driver.push([new(""), new(job_id)], now=NOW)
    assert driver.count(JobFilter()) == 0


@pytest.mark.parametrize(
    "job_id", ["j0", "j01", "j-1", "J1", "j", "j1 ", "j٣", "j1000000000000000000", "j" + "9" * 5000]
)
def test_ids_that_only_look_like_those_of_the_store_are_chosen_ones(driver: QueueDriver, job_id: str) -> None:
    driver.push([new("")], now=NOW)
    assert driver.find(job_id) is None
    assert driver.push([new(job_id)], now=NOW)[0].id == job_id
    found = driver.find(job_id)
    assert found is not None
    assert found.id == job_id
    assert driver.request_cancel(job_id, now=NOW) is not None
    assert driver.retry([job_id], now=NOW) == [job_id]
    assert driver.forget(JobFilter(ids=(job_id,), states=(JobState.READY,))) == 1


@pytest.mark.parametrize("odd", ["\udcff", "a\ud800"])
def test_lone_surrogates_are_refused_as_an_id_and_match_nothing(driver: QueueDriver, odd: str) -> None:
    with pytest.raises(OptionError, match="lone surrogates"):
        driver.push([new("a"), new(odd)], now=NOW)
    driver.push([new("a")], now=NOW)
    assert (driver.find(odd), driver.request_cancel(odd, now=NOW), driver.batches.find(odd)) == (
        None,
        None,
        None,
    )
    assert (driver.batches.jobs(odd), driver.batches.cancel(odd, now=NOW), driver.retry([odd], now=NOW)) == (
        [],
        False,
        [],
    )
    for which in (JobFilter(text=odd), JobFilter(queue=odd), JobFilter(ids=(odd,))):
        assert (driver.select(which), driver.count(which), driver.forget(which)) == ([], 0, 0)
    both = JobFilter(ids=(odd, "a"))
    assert [job.id for job in driver.select(both)] == ["a"]


def test_job_of_a_chosen_id_is_not_known_by_its_place(driver: QueueDriver) -> None:
    driver.push([new("a"), new("b")], now=NOW)
    driver.settle([_failed(claim(driver)), _failed(claim(driver))], now=NOW)
    places = ("j1", "j2")
    assert [driver.find(place) for place in places] == [None, None]
    assert driver.retry(places, now=NOW) == []
    assert [driver.request_cancel(place, now=NOW) for place in places] == [None, None]
    assert driver.count(JobFilter(ids=places)) == 0
    assert driver.forget(JobFilter(ids=places)) == 0


def _failed(claimed: Claim) -> Finish:
    return Finish(job_id=claimed.id, token=claimed.token, outcome=JobState.FAILED)


# Claiming


def test_queues_have_strict_priority_then_jobs_then_age(driver: QueueDriver) -> None:
    driver.push(
        [
            new("low", queue="second", priority=100),
            new("old", queue="first"),
            new("young", queue="first"),
            new("urgent", queue="first", priority=1),
            new("idle", queue="first", priority=-1),
        ],
        now=NOW,
    )
    assert ids(driver, "first", "second") == ["urgent", "old", "young", "idle", "low"]


def test_a_claim_takes_no_more_than_its_limit(driver: QueueDriver) -> None:
    driver.push([new(str(n)) for n in range(5)] + [new("x", queue="other")], now=NOW)
    assert ids(driver, "default", "other", limit=2) == ["0", "1"]


def test_a_claim_counts_the_attempt_and_names_the_worker(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    assert claim(driver, worker="w@1.2", now=LATER).attempt == 1
    job = driver.find("a")
    assert job is not None
    assert (job.state, job.worker, job.started_at, job.attempts) == (JobState.RUNNING, "w@1.2", LATER, 1)
    assert [held.id for held in driver.claims_of("w@1.2")] == ["a"]
    assert driver.workers() == ["w@1.2"]


def test_nothing_of_another_queue_is_claimed(driver: QueueDriver) -> None:
    driver.push([new(queue="other")], now=NOW)
    assert ids(driver) == []


def test_a_delayed_job_is_claimed_when_it_is_due_and_not_before(driver: QueueDriver) -> None:
    driver.push([new(available_at=NOW + 0.002)], now=NOW)
    assert driver.next_due(["default"]) == NOW + 0.002
    assert ids(driver, now=NOW + 0.001) == []
    assert ids(driver, now=NOW + 0.002) == ["a"]
    assert driver.next_due(["default"]) is None


def test_jobs_that_are_due_wait_on_where_a_claim_does_not_reach(driver: QueueDriver) -> None:
    driver.push([new("a", queue="first"), new("b", queue="second", available_at=LATER)], now=NOW)
    assert ids(driver, "first", "second", limit=1, now=LATER) == ["a"]
    assert driver.next_due(["second"]) == LATER


def test_a_paused_queue_gives_nothing_and_is_never_due(driver: QueueDriver) -> None:
    driver.push([new(), new("b", available_at=LATER)], now=NOW)
    driver.pause("default")
    driver.pause("default")
    assert ids(driver, now=LATER) == []
    assert driver.next_due(["default"]) is None
    driver.resume("default")
    driver.resume("default")
    assert ids(driver, now=LATER) == ["a", "b"]


def test_each_job_is_claimed_once_by_many_threads(driver: QueueDriver) -> None:
    driver.push([new(str(n)) for n in range(200)], now=NOW)
    start = threading.Barrier(4)

    def take(name: str) -> list[str]:
        start.wait()
        taken: list[str] = []
        while claimed := driver.claim(["default"], worker=name, limit=3, now=NOW):
            taken += [each.id for each in claimed]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [job_id for part in pool.map(take, "abcd") for job_id in part]
    assert sorted(taken, key=int) == [str(n) for n in range(200)]


# Settling


def test_an_ack_ends_the_job_with_its_result(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    assert driver.settle([Ack(job_id="a", token=claim(driver).token, result=b"3")], now=LATER) == [True]
    job = driver.find("a")
    assert job is not None
    assert (job.state, job.result, job.finished_at, job.error) == (JobState.SUCCESS, b"3", LATER, "")
    assert driver.workers() == []


def test_a_release_puts_the_job_back_with_its_error_and_its_attempt(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    release = Release(
        job_id="a", token=claim(driver).token, at=LATER, exception=True, error="E: x", traceback="tb"
    )
    assert driver.settle([release], now=NOW) == [True]
    job = driver.find("a")
    assert job is not None
    assert (job.state, job.attempts, job.exceptions) == (JobState.DELAYED, 1, 1)
    assert (job.error, job.traceback, job.new.available_at) == ("E: x", "tb", LATER)
    again = claim(driver, now=LATER)
    assert (again.attempt, again.exceptions) == (2, 1)


def test_a_release_for_now_is_ready_at_once_and_keeps_its_place(driver: QueueDriver) -> None:
    driver.push([new(), new("b")], now=NOW)
    driver.settle([Release(job_id="a", token=claim(driver).token, at=0.0)], now=NOW)
    assert ids(driver) == ["a", "b"]


def test_an_attempt_that_is_given_back_does_not_count_and_keeps_the_earlier_error(
    driver: QueueDriver,
) -> None:
    driver.push([new()], now=NOW)
    driver.settle([Release(job_id="a", token=claim(driver).token, at=NOW, error="E: x")], now=NOW)
    driver.settle([Release(job_id="a", token=claim(driver).token, at=NOW, give_back=True)], now=NOW)
    job = driver.find("a")
    assert job is not None
    assert (job.attempts, job.error) == (1, "E: x")
    assert claim(driver).attempt == 2


@pytest.mark.parametrize("outcome", [state for state in JobState if state.is_failure])
def test_a_finish_ends_the_job_with_its_outcome(driver: QueueDriver, outcome: JobState) -> None:
    driver.push([new()], now=NOW)
    finish = Finish(job_id="a", token=claim(driver).token, outcome=outcome, error="E: x", traceback="tb")
    assert driver.settle([finish], now=LATER) == [True]
    job = driver.find("a")
    assert job is not None
    assert (job.state, job.error, job.traceback, job.finished_at) == (outcome, "E: x", "tb", LATER)
    assert driver.counts(now=NOW)[0].failed == 1


def test_a_finish_stores_what_follows_only_if_its_claim_holds(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    token = claim(driver).token
    stale = Finish(job_id="a", token=token - 1, outcome=JobState.FAILED, then=(new("wrong"),))
    valid = Finish(job_id="a", token=token, outcome=JobState.FAILED, then=(new("right"),))
    assert driver.settle([stale, valid], now=NOW) == [False, True]
    assert driver.find("wrong") is None
    assert state_of(driver, "right") is JobState.READY


def test_a_former_owner_can_neither_finish_fail_release_nor_report(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    former = claim(driver, worker="former").token
    driver.settle([Release(job_id="a", token=former, at=NOW)], now=NOW)
    latest = claim(driver, worker="latest").token
    assert latest > former
    refused = driver.settle(
        [
            Ack(job_id="a", token=former),
            Release(job_id="a", token=former, at=NOW),
            Finish(job_id="a", token=former, outcome=JobState.FAILED),
        ],
        now=NOW,
    )
    assert refused == [False, False, False]
    assert not driver.set_progress("a", token=former, progress=0.5, note="")
    assert state_of(driver) is JobState.RUNNING
    assert driver.settle([Ack(job_id="a", token=latest)], now=NOW) == [True]


def test_a_claim_ends_only_once(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    ack = Ack(job_id="a", token=claim(driver).token)
    assert driver.settle([ack, ack], now=NOW) == [True, False]


def test_a_token_does_not_come_back_with_a_forgotten_id(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    former = claim(driver, now=NOW).token
    driver.settle([Ack(job_id="a", token=former)], now=NOW)
    driver.forget(JobFilter(ids=("a",)))
    driver.push([new()], now=LATER)
    assert claim(driver, now=LATER).token > former


@pytest.mark.parametrize(
    "now", [NOW, NOW - 3600.0], ids=["in the same moment", "after the clock was set back"]
)
@pytest.mark.parametrize("claims", [1, 3])
def test_no_token_of_a_forgotten_id_comes_back(driver: QueueDriver, now: float, claims: int) -> None:
    given: list[int] = []
    for moment in (NOW, now, now):
        driver.push([new("other"), new()], now=moment)
        for _ in range(claims):
            held = driver.claim(["default"], worker="w", limit=2, now=moment)[-1]
            assert held.id == "a"
            given.append(held.token)
            back = [
                Release(job_id=each.id, token=each.token, at=0.0)
                for each in driver.claims_of("w")
                if each.id == "a" or claims == 1
            ]
            assert all(driver.settle(back, now=moment))
        assert driver.forget(JobFilter(ids=("a",), states=(JobState.READY,))) == 1
    assert len(set(given)) == 3 * claims
    driver.push([new()], now=now)
    held = next(each for each in driver.claim(["default"], worker="v", limit=2, now=now) if each.id == "a")
    stale = [Ack(job_id="a", token=token) for token in given]
    assert driver.settle(stale, now=now) == [False] * len(stale)
    assert driver.settle([Ack(job_id="a", token=held.token)], now=now) == [True]


def test_no_token_of_a_pruned_id_comes_back(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    former = Ack(job_id="a", token=claim(driver).token)
    driver.settle([former], now=NOW)
    assert driver.prune(finished_before=LATER) == 1
    driver.push([new()], now=NOW)
    assert claim(driver).token != former.token
    assert driver.settle([former], now=NOW) == [False]


def test_claim_on_a_job_that_the_store_named_ends_nothing_once_it_is_forgotten(driver: QueueDriver) -> None:
    driver.push([new("")], now=NOW)
    former = claim(driver)
    driver.settle([Release(job_id=former.id, token=former.token, at=0.0)], now=NOW)
    driver.forget(JobFilter(ids=(former.id,), states=(JobState.READY,)))
    driver.push([new("")], now=NOW)
    claim(driver)
    assert driver.settle([Ack(job_id=former.id, token=former.token)], now=NOW) == [False]


def test_an_exchange_settles_and_claims_in_one_step(driver: QueueDriver) -> None:
    driver.push([new(), new("b")], now=NOW)
    first = claim(driver)
    settled, claims = driver.exchange(
        [Ack(job_id="a", token=first.token)], ["default"], worker="w", limit=1, now=NOW
    )
    assert settled == [True]
    assert [each.id for each in claims] == ["b"]


# Progress and cancellation


def test_progress_is_noted_and_forgotten_by_the_next_attempt(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    token = claim(driver).token
    assert driver.set_progress("a", token=token, progress=0.5, note="half")
    job = driver.find("a")
    assert job is not None
    assert (job.progress, job.progress_note) == (0.5, "half")
    driver.settle([Release(job_id="a", token=token, at=NOW)], now=NOW)
    claim(driver)
    job = driver.find("a")
    assert job is not None
    assert (job.progress, job.progress_note) == (None, "")


@pytest.mark.parametrize("available_at", [0.0, LATER])
def test_a_waiting_job_is_cancelled_at_once(driver: QueueDriver, available_at: float) -> None:
    driver.push([new(available_at=available_at)], now=NOW)
    job = driver.request_cancel("a", now=NOW)
    assert job is not None
    assert (job.state, job.finished_at) == (JobState.CANCELLED, NOW)
    assert ids(driver, now=LATER) == []


def test_a_running_job_is_only_asked_and_ends_cancelled_if_it_is_put_back(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    token = claim(driver).token
    job = driver.request_cancel("a", now=NOW)
    assert job is not None
    assert (job.state, job.cancel_requested, job.finished_at) == (JobState.RUNNING, True, None)
    driver.settle([Release(job_id="a", token=token, at=LATER, give_back=True)], now=LATER)
    job = driver.find("a")
    assert job is not None
    assert (job.state, job.finished_at) == (JobState.CANCELLED, LATER)


def test_a_job_that_finished_before_it_saw_the_cancellation_has_succeeded(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    token = claim(driver).token
    driver.request_cancel("a", now=NOW)
    driver.settle([Ack(job_id="a", token=token)], now=NOW)
    assert state_of(driver) is JobState.SUCCESS


def test_cancelling_what_is_over_or_unknown_changes_nothing(driver: QueueDriver) -> None:
    assert driver.request_cancel("a", now=NOW) is None
    driver.push([new()], now=NOW)
    driver.settle([Ack(job_id="a", token=claim(driver).token)], now=NOW)
    job = driver.request_cancel("a", now=LATER)
    assert job is not None
    assert (job.state, job.finished_at) == (JobState.SUCCESS, NOW)


# Looking, retrying, deleting


def in_each_state(driver: QueueDriver) -> None:
    """Store one job in each state, named after it."""
    for state in JobState:
        driver.push([new(state, available_at=LATER if state is JobState.DELAYED else 0.0)], now=NOW)
        if state in {JobState.READY, JobState.DELAYED}:
            continue
        token = next(
            each.token for each in driver.claim(["default"], worker="w", limit=9, now=NOW) if each.id == state
        )
        if state is JobState.SUCCESS:
            driver.settle([Ack(job_id=state, token=token)], now=NOW)
        elif state is not JobState.RUNNING:
            driver.settle([Finish(job_id=state, token=token, outcome=state, error=f"E: {state}")], now=NOW)
    driver.push([new("ready2")], now=NOW)


@pytest.fixture
def one_of_each(driver: QueueDriver) -> QueueDriver:
    """A store with one job in each state but READY, which the claims of the others have taken."""
    in_each_state(driver)
    driver.settle(
        [
            Release(job_id=each.id, token=each.token, at=NOW)
            for each in driver.claims_of("w")
            if each.id == "ready"
        ],
        now=NOW,
    )
    driver.forget(JobFilter(ids=("ready2",), states=(JobState.READY,)))
    return driver


def test_jobs_are_listed_newest_first_in_pages(driver: QueueDriver) -> None:
    driver.push([new(str(n)) for n in range(5)], now=NOW)
    assert [job.id for job in driver.select(JobFilter(limit=2))] == ["4", "3"]
    assert [job.id for job in driver.select(JobFilter(limit=2, offset=3))] == ["1", "0"]
    assert driver.count(JobFilter(limit=2, offset=3)) == 5


def test_jobs_are_listed_by_id_state_queue_and_text(driver: QueueDriver) -> None:
    driver.push([new("a"), new("b", queue="q"), new("c", name="app.Mail.send")], now=NOW)
    claim(driver)

    def found(which: JobFilter) -> list[str]:
        return sorted(job.id for job in driver.select(which))

    assert found(JobFilter(ids=("a", "c", "nobody"))) == ["a", "c"]
    assert found(JobFilter(ids=())) == []
    assert found(JobFilter(states=(JobState.RUNNING,))) == ["a"]
    assert found(JobFilter(states=(JobState.RUNNING, JobState.READY), queue="q")) == ["b"]
    assert found(JobFilter(text="mail")) == ["c"]
    assert found(JobFilter(text="100%")) == []


def test_text_is_searched_in_any_case_of_any_alphabet(driver: QueueDriver) -> None:
    driver.push([new("Größe:Ä"), new("b", name="app.jobs.ΩΜΕΓΑ")], now=NOW)
    assert [job.id for job in driver.select(JobFilter(text="grÖsse:ä"))] == ["Größe:Ä"]
    assert [job.id for job in driver.select(JobFilter(text="ωμεγα"))] == ["b"]


def test_the_text_of_an_error_is_searched_too(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    driver.settle(
        [Finish(job_id="a", token=claim(driver).token, outcome=JobState.FAILED, error="OSError: Disk full")],
        now=NOW,
    )
    assert driver.count(JobFilter(text="disk FULL")) == 1


def test_counts_tell_of_open_and_failed_jobs_and_paused_queues(one_of_each: QueueDriver) -> None:
    one_of_each.pause("empty")
    default, empty = one_of_each.counts(now=NOW + 7)
    assert (default.name, default.ready, default.delayed, default.running) == ("default", 1, 1, 1)
    assert (default.failed, default.oldest_age, default.paused) == (5, 7.0, False)
    assert (empty.name, empty.ready, empty.oldest_age, empty.paused) == ("empty", 0, None, True)


def test_failed_and_cancelled_jobs_are_retried_with_all_their_tries(one_of_each: QueueDriver) -> None:
    retried = one_of_each.retry([*JobState, "nobody"], now=LATER)
    assert sorted(retried) == sorted(state for state in JobState if state.is_failure or state == "cancelled")
    for job_id in retried:
        job = one_of_each.find(job_id)
        assert job is not None
        assert (job.state, job.attempts, job.exceptions, job.finished_at) == (JobState.READY, 0, 0, None)
    assert set(retried) <= set(ids(one_of_each, now=LATER))


def test_job_that_is_retried_twice_in_one_step_is_told_once(driver: QueueDriver) -> None:
    driver.push([new()], now=NOW)
    driver.settle([_failed(claim(driver))], now=NOW)
    assert driver.retry(["a", "a"], now=NOW) == ["a"]


def test_forget_without_states_deletes_what_is_over(one_of_each: QueueDriver) -> None:
    assert one_of_each.forget(JobFilter(limit=1)) == len(OVER)
    assert {job.id for job in one_of_each.select(JobFilter())} == {"ready", "delayed", "running"}


def test_forget_deletes_waiting_jobs_only_where_named_and_running_ones_never(
    one_of_each: QueueDriver,
) -> None:
    waiting = (JobState.READY, JobState.DELAYED, JobState.RUNNING)
    assert one_of_each.forget(JobFilter(states=waiting, queue="default")) == 2
    assert state_of(one_of_each, "running") is JobState.RUNNING
    assert one_of_each.forget(JobFilter(states=(JobState.RUNNING,))) == 0


def test_prune_deletes_old_successes_and_cancellations_and_keeps_failures(one_of_each: QueueDriver) -> None:
    assert one_of_each.prune(finished_before=NOW) == 0
    assert one_of_each.prune(finished_before=NOW + 1) == 2
    assert one_of_each.find("success") is None
    assert state_of(one_of_each, "failed") is JobState.FAILED


def test_closing_twice_is_harmless(driver: QueueDriver) -> None:
    driver.close()
    driver.close()
