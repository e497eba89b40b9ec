from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import BatchHandle, Fail, batch, job
from native_runtime.errors import (
    FeedbackLoopError,
    JobCancelledError,
    JobFailedError,
    NotConfiguredError,
    UnknownNameError,
)
from native_runtime.events import Cause, caused_by
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.failed import FailedJob
from native_runtime.queue.handle import JobHandle
from tests.support.job_runner import JobRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

told: list[Any] = []


@job
def squared(number: int) -> int:
    return number * number


@job
def summed(numbers: list[int | None]) -> int:
    return sum(number or 0 for number in numbers)


@job
def fails() -> int:
    raise Fail("no")


@job
def consoles(failed: FailedJob) -> None:
    told.append(failed)


@job
def tidies(what: str) -> None:
    told.append(what)


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    told.clear()
    made = JobRunner()
    CURRENT.put(made.queue)
    yield made
    CURRENT.clear(made.queue)


def test_the_follower_takes_all_results(runner: JobRunner) -> None:
    handle = batch([squared.s(number) for number in range(4)], then=summed.s(), name="sums").dispatch()
    assert (handle.status, handle.total, handle.pending, handle.progress) == ("running", 4, 4, 0.0)
    runner.run(1)
    assert (handle.pending, handle.succeeded, handle.progress) == (3, 1, 0.25)
    with pytest.raises(TimeoutError, match=r"batch sums \(batch-.*\) has 3 of 4 jobs to go after 0 s"):
        handle.results(timeout=0)
    runner.run()
    assert (handle.results(timeout=0), handle.progress, handle.status) == ([0, 1, 4, 9], 1.0, "success")
    assert JobHandle[int](f"{handle.id}:then", runner.queue).result(timeout=0) == 14
    assert [each.result(timeout=0) for each in handle.jobs] == [0, 1, 4, 9]


def test_dispatch_and_what_follows_are_rung_for(runner: JobRunner) -> None:
    handle = batch([squared.s(1), squared.s(2)], then=summed.s(), finally_=tidies.s("x")).dispatch()
    assert [job_id for job_id, _job in runner.rung] == [each.id for each in handle.jobs]
    runner.run(2)
    assert [job_id for job_id, _job in runner.rung[2:]] == [f"{handle.id}:then", f"{handle.id}:finally"]


def test_a_failure_is_caught_and_the_rest_is_cancelled(runner: JobRunner) -> None:
    jobs = [squared.s(1), fails.s(), squared.s(2), fails.s()]
    handle = batch(jobs, then=summed.s(), catch=consoles.s(), finally_=tidies.s("end")).dispatch()
    runner.run()
    failed, end = told
    assert (failed.id, failed.error, end) == (handle.jobs[1].id, "no", "end")
    assert (handle.status, handle.succeeded, handle.failed, handle.cancelled) == ("failed", 1, 1, 2)
    assert runner.driver.find(f"{handle.id}:then") is None
    with pytest.raises(JobFailedError, match="no"):
        handle.results(timeout=0)
    runner.driver.forget(JobFilter(ids=(failed.id,)))
    with pytest.raises(JobFailedError, match="deleted"):
        handle.results(timeout=0)


def test_failures_that_are_allowed_leave_none_in_the_results(runner: JobRunner) -> None:
    handle = batch([squared.s(3), fails.s(), squared.s(4)], then=summed.s(), allow_failures=True).dispatch()
    runner.run()
    assert (handle.status, handle.results(timeout=0)) == ("success", [9, None, 16])
    assert JobHandle[int](f"{handle.id}:then", runner.queue).result(timeout=0) == 25


def test_a_cancelled_batch_runs_only_its_end(runner: JobRunner) -> None:
    handle = batch([squared.s(1), squared.s(2)], then=summed.s(), finally_=tidies.s("end")).dispatch()
    runner.run(1)
    assert handle.cancel()
    assert not handle.cancel()
    assert runner.run() == [f"{handle.id}:finally"]
    assert (handle.status, told) == ("cancelled", ["end"])
    with pytest.raises(JobCancelledError):
        handle.results(timeout=0)


def test_cancelling_tells_who_runs_and_who_waited(runner: JobRunner) -> None:
    asked: list[str] = []
    ended: list[str] = []
    runner.queue.cancelling = lambda job: asked.append(job.id)
    runner.queue.cancelled = lambda job: ended.append(job.id)
    handle = batch([squared.s(1), squared.s(2)]).dispatch()
    first, second = handle.jobs
    runner.driver.claim(["default"], worker="w", limit=1, now=runner.clock.epoch())
    handle.cancel()
    assert (asked, ended) == ([first.id], [second.id])


def test_an_empty_batch_is_over_and_followed_at_once(runner: JobRunner) -> None:
    handle = batch([], then=summed.s()).dispatch()
    assert (handle.status, handle.progress, handle.results(timeout=0), handle.jobs) == (
        "success",
        1.0,
        [],
        [],
    )
    assert [job_id for job_id, _job in runner.rung] == runner.run() == [f"{handle.id}:then"]


def test_a_batch_is_found_again_until_it_is_pruned(runner: JobRunner) -> None:
    handle = batch([squared.s(1)]).dispatch()
    found = BatchHandle.find(handle.id)
    assert found is not None
    assert repr(found) == f"<BatchHandle {handle.id}>"
    runner.run()
    runner.driver.prune(finished_before=runner.clock.epoch() + 1)
    assert BatchHandle.find(handle.id) is None
    with pytest.raises(UnknownNameError):
        _ = found.status


def test_who_waits_is_told_when_the_runtime_stops(runner: JobRunner) -> None:
    handle = batch([squared.s(1)]).dispatch()
    runner.queue.close()
    with pytest.raises(NotConfiguredError, match="results of batch"):
        handle.results()


def test_a_batch_that_feeds_itself_is_refused(runner: JobRunner) -> None:
    with caused_by(Cause((f"job {summed.name}",) * 16)), pytest.raises(FeedbackLoopError):
        batch([squared.s(1)], then=summed.s()).dispatch()
    assert runner.driver.count(JobFilter()) == 0


def test_what_follows_carries_the_cause_of_the_batch(runner: JobRunner) -> None:
    with caused_by(Cause(("event X",))):
        handle = batch([squared.s(1)], then=summed.s()).dispatch()
    runner.run()
    assert {job.new.cause for job in runner.driver.select(JobFilter())} == {("event X",)}
    assert handle.status == "success"
