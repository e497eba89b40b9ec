from __future__ import annotations

import pytest
from msgspec.structs import replace

from native_runtime.queue.driver import JobFilter, Release
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.failed import failed_filter, failed_job
from native_runtime.queue.job import Claim, NewJob
from native_runtime.queue.rescue import rescue
from native_runtime.queue.retry import Defaults, FailureKind
from native_runtime.queue.scoreboard import FinishedJob, ScoreboardReading
from native_runtime.queue.state import JobState

NOW = 1_800_000_000.0
WORKER = "w@1.2"


def held(driver: MemoryDriver, *jobs: NewJob) -> list[Claim]:
    """Jobs that the worker has claimed."""
    driver.push(jobs, now=NOW)
    return driver.claim(["default"], worker=WORKER, limit=9, now=NOW)


def running(claim: Claim) -> ScoreboardReading:
    """What the worker's board says while it runs a job."""
    return ScoreboardReading(state="busy", worker=WORKER, job_id=claim.id, token=claim.token)


def job(job_id: str = "a", **options: object) -> NewJob:
    return replace(NewJob(id=job_id, name="app.jobs.work"), **options)


@pytest.mark.parametrize(
    "kind", [FailureKind.OOM, FailureKind.TIMEOUT, FailureKind.CRASHED, FailureKind.LOST]
)
def test_the_job_that_ran_counts_its_attempt_and_the_others_do_not(kind: FailureKind) -> None:
    driver = MemoryDriver()
    ran, _waited = held(driver, job("ran"), job("waited"))
    rescued = rescue(driver, WORKER, kind, running(ran), now=NOW, detail="killed at 130 MB")
    assert {each.claim.id: each.failure for each in rescued.released} == {
        "ran": kind,
        "waited": FailureKind.QUIT,
    }
    attempts = {each.id: each.attempts for each in driver.select(JobFilter())}
    assert attempts == {"ran": 1, "waited": 0}
    found = driver.find("ran")
    assert found is not None
    assert (found.state, found.error) == (JobState.DELAYED, "killed at 130 MB")
    assert driver.workers() == []


def test_a_poison_job_ends_as_crashed_after_its_tries() -> None:
    driver = MemoryDriver()
    held(driver, job(tries=1))
    rescued = rescue(driver, WORKER, FailureKind.CRASHED, None, now=NOW)
    assert [each.settlement.outcome for each in rescued.failed] == [JobState.CRASHED]
    (failed,) = map(failed_job, driver.select(failed_filter()))
    assert (failed.id, failed.outcome, failed.error) == ("a", "crashed", "its worker crashed")
    assert failed.document()["failed_at"] == "2027-01-15T08:00:00+00:00"


def test_the_workers_own_settings_hold_where_the_job_names_none() -> None:
    driver = MemoryDriver()
    held(driver, job())
    rescued = rescue(driver, WORKER, FailureKind.CRASHED, None, now=NOW, defaults=Defaults(tries=1))
    assert len(rescued.failed) == 1


def test_a_stop_gives_every_attempt_back() -> None:
    driver = MemoryDriver()
    (claim,) = held(driver, job(tries=1))
    rescued = rescue(driver, WORKER, FailureKind.QUIT, running(claim), now=NOW)
    assert [each.settlement for each in rescued.released] == [
        Release(job_id="a", token=claim.token, at=NOW, give_back=True)
    ]
    found = driver.find("a")
    assert found is not None
    assert (found.state, found.attempts, found.error) == (JobState.READY, 0, "")


def test_a_board_that_shows_an_earlier_attempt_says_that_this_one_has_not_started() -> None:
    driver = MemoryDriver()
    (claim,) = held(driver, job())
    earlier = replace(running(claim), token=claim.token - 1)
    assert (
        rescue(driver, WORKER, FailureKind.CRASHED, earlier, now=NOW).released[0].failure is FailureKind.QUIT
    )


def test_a_worker_that_held_nothing_leaves_nothing_to_do() -> None:
    rescued = rescue(MemoryDriver(), WORKER, FailureKind.CRASHED, None, now=NOW)
    assert (rescued.released, rescued.failed) == ((), ())


def test_a_failure_by_a_workers_death_is_handled_too() -> None:
    driver = MemoryDriver()
    meta = (
        b'{"on_failure":{"job":"app.jobs.tell","queue":null,"parameter":"failed",'
        b'"tries":null,"backoff":[1],"timeout":5}}'
    )
    held(driver, job(tries=1, meta=meta))
    rescue(driver, WORKER, FailureKind.OOM, None, now=NOW)
    (handler,) = driver.claim(["default"], worker="x", limit=9, now=NOW)
    assert (handler.new.name, handler.new.backoff, handler.new.timeout) == ("app.jobs.tell", (1,), 5)
    assert b'"outcome": "oom"' in handler.new.payload


def test_handler_of_a_failure_has_no_handler_and_so_feeds_no_circle() -> None:
    driver = MemoryDriver()
    meta = b'{"on_failure":{"job":"x","queue":null,"parameter":"f","tries":1,"backoff":null,"timeout":null}}'
    held(driver, job(tries=1, meta=meta, cause=("job x",) * 15))
    rescue(driver, WORKER, FailureKind.CRASHED, None, now=NOW)
    (handler,) = driver.claim(["default"], worker=WORKER, limit=9, now=NOW)
    rescue(driver, WORKER, FailureKind.CRASHED, None, now=NOW)
    assert handler.new.name == "x"
    assert driver.count(JobFilter()) == 2


def test_what_the_board_lists_as_done_is_settled_with_its_result_whatever_the_worker_died_of() -> None:
    driver = MemoryDriver()
    done, ran, waited = held(driver, job("done"), job("ran"), job("waited"))
    listed = {
        ("done", done.token): FinishedJob(b"42", 0.5),
        ("waited", waited.token - 1): FinishedJob(None, 0.0),
    }
    rescued = rescue(driver, WORKER, FailureKind.CRASHED, running(ran), now=NOW, finished=listed)
    assert [(each.claim.id, each.runtime) for each in rescued.done] == [("done", 0.5)]
    found = driver.find("done")
    assert found is not None
    assert (found.state, found.result, found.attempts) == (JobState.SUCCESS, b"42", 1)
    assert {each.claim.id for each in rescued.released} == {"ran", "waited"}


def test_a_job_that_was_cancelled_does_not_run_again_and_is_told_apart() -> None:
    driver = MemoryDriver()
    ran, _other = held(driver, job("ran"), job("other"))
    driver.request_cancel("ran", now=NOW)
    rescued = rescue(driver, WORKER, FailureKind.QUIT, running(ran), now=NOW)
    assert {each.claim.id: each.is_cancelled for each in rescued.released} == {"ran": True, "other": False}
    found = driver.find("ran")
    assert found is not None
    assert found.state is JobState.CANCELLED
