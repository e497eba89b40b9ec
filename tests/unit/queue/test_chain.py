from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from native_runtime import ChainHandle, Fail, chain, current_job, job
from native_runtime.errors import (
    FeedbackLoopError,
    JobCancelledError,
    JobFailedError,
    PayloadError,
    UnknownNameError,
)
from native_runtime.events import Cause, caused_by
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.driver import Ack, JobFilter
from native_runtime.queue.failed import FailedJob
from native_runtime.queue.handle import JobHandle
from native_runtime.queue.state import JobState
from tests.support.job_runner import JobRunner

if TYPE_CHECKING:
    from collections.abc import Iterator

told: list[Any] = []


@job
def one() -> int:
    return 1


@job
def add(a: int, b: int) -> int:
    return a + b


@job(queue="images")
def shown(value: int, before: str = "") -> str:
    return f"{before}{value}"


@job
def nothing() -> None: ...


@job
def takes_anything(value: Any) -> Any:
    return value


@job
def fails() -> None:
    raise Fail("no")


def hears(failed: FailedJob) -> None:
    told.append(failed)


@job(on_failure=hears)
def is_told() -> None:
    raise Fail("no")


@job
def fails_until_told() -> int:
    if not told:
        raise Fail("no")
    return 7


@job
def depth() -> int:
    return current_job().cause.depth


@job
def keeps(depths: int) -> int:
    return max(depths, current_job().cause.depth)


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    made = JobRunner()
    CURRENT.put(made.queue)
    yield made
    CURRENT.clear(made.queue)


def test_each_job_takes_the_result_of_the_one_before(runner: JobRunner) -> None:
    handle = chain(add.s(1, 2), add.s(10), add.s(b=100), shown.s(before="= ")).dispatch()
    assert handle.id.endswith(":1")
    assert [f"{handle.chain_id}:{number}" for number in (1, 2, 3, 4)] == runner.run()
    assert handle.result(timeout=0) == "= 113"
    assert (handle.status, handle.length) == ("success", 4)


def test_only_the_first_is_stored_until_it_is_done(runner: JobRunner) -> None:
    handle = chain(one.s(), add.s(1), nothing.s()).dispatch()
    assert [job.id for job in runner.driver.select(JobFilter())] == [f"{handle.chain_id}:1"]
    runner.run(1)
    assert [job.id for job in runner.driver.select(JobFilter())] == [
        f"{handle.chain_id}:2",
        f"{handle.chain_id}:1",
    ]
    assert (handle.current.id, handle.status) == (f"{handle.chain_id}:2", "ready")
    assert [job_id for job_id, _job in runner.rung] == [f"{handle.chain_id}:1", f"{handle.chain_id}:2"]
    with pytest.raises(TimeoutError, match=r"add \(chain-.*:2\) is still ready after 0 s"):
        handle.result(timeout=0)


def test_a_result_is_not_passed_to_a_call_that_is_complete(runner: JobRunner) -> None:
    handle = chain(one.s(), add.s(5, 6), nothing.s(), takes_anything.s()).dispatch()
    runner.run()
    assert handle.result(timeout=0) is None


def test_a_result_of_another_type_fails_the_job_that_takes_it(runner: JobRunner) -> None:
    handle = chain(shown.s(1), add.s(2), nothing.s()).dispatch()
    assert len(runner.run()) == 2
    with pytest.raises(JobFailedError, match=r"PayloadError: .*argument 'b': expected int, got str"):
        handle.result(timeout=0)


def test_a_failure_ends_the_chain_and_is_told_to_its_handler(runner: JobRunner) -> None:
    handle = chain(one.s(), is_told.s(), nothing.s()).dispatch()
    runner.run()
    assert [failed.id for failed in told] == [f"{handle.chain_id}:2"]
    assert (handle.status, runner.driver.find(f"{handle.chain_id}:3")) == ("failed", None)
    with pytest.raises(JobFailedError, match="no"):
        handle.result(timeout=0)


def test_a_failed_chain_goes_on_once_its_job_was_retried(runner: JobRunner) -> None:
    told.clear()
    handle = chain(fails_until_told.s(), add.s(1)).dispatch()
    assert (runner.run(), handle.status) == ([handle.id], "failed")
    told.append("now")
    runner.driver.retry([handle.id], now=runner.clock.epoch())
    assert runner.run() == [handle.id, f"{handle.chain_id}:2"]
    assert handle.result(timeout=0) == 8


def test_cancelling_a_waiting_job_ends_the_chain(runner: JobRunner) -> None:
    handle = chain(one.s(), add.s(1), nothing.s()).dispatch()
    runner.run(1)
    assert handle.cancel()
    assert not handle.cancel()
    assert (runner.run(), handle.status) == ([], "cancelled")
    with pytest.raises(JobCancelledError):
        handle.result(timeout=0)


def test_nothing_follows_a_running_job_that_was_cancelled_though_it_succeeds(runner: JobRunner) -> None:
    handle = chain(one.s(), add.s(1)).dispatch()
    (claim,) = runner.driver.claim(["default"], worker="w", limit=1, now=runner.clock.epoch())
    assert handle.cancel()
    then = (structs.replace(claim.new, id=f"{handle.chain_id}:2"),)
    runner.driver.settle([Ack(job_id=claim.id, token=claim.token, result=b"1", then=then)], now=0.0)
    assert (runner.run(), handle.status, handle.cancel()) == ([], JobState.CANCELLED, False)
    with pytest.raises(JobCancelledError):
        handle.result(timeout=0)


def test_a_long_chain_is_one_step_to_the_loop_guard(runner: JobRunner) -> None:
    handle = chain(depth.s(), *(keeps.s() for _ in range(99))).dispatch()
    assert len(runner.run()) == 100
    assert handle.result(timeout=0) == 1


def test_a_chain_that_feeds_itself_is_refused(runner: JobRunner) -> None:
    with caused_by(Cause((f"job {add.name}",) * 16)), pytest.raises(FeedbackLoopError):
        chain(one.s(), add.s(1)).dispatch()
    assert runner.driver.count(JobFilter()) == 0


def test_a_chain_is_found_again_by_its_id_and_by_a_jobs(runner: JobRunner) -> None:
    handle = chain(one.s(), add.s(1), add.s(2)).dispatch()
    runner.run(2)
    for job_id in (handle.id, handle.chain_id, f"{handle.chain_id}:2"):
        found = ChainHandle.find(job_id)
        assert found is not None
        assert (found.chain_id, found.length, found.current.id) == (
            handle.chain_id,
            3,
            f"{handle.chain_id}:3",
        )
    assert (ChainHandle.find("chain-0"), ChainHandle.find("")) == (None, None)


def test_jobs_of_a_chain_that_were_pruned_are_not_missed(runner: JobRunner) -> None:
    handle = chain(one.s(), add.s(1), add.s(2)).dispatch()
    runner.run(1)
    assert runner.driver.prune(finished_before=runner.clock.epoch() + 1) == 1
    runner.run()
    assert handle.result(timeout=0) == 4
    runner.driver.prune(finished_before=runner.clock.epoch() + 1)
    with pytest.raises(UnknownNameError, match=f"{handle.chain_id}:3"):
        _ = handle.status


def test_a_chain_runs_here_as_workers_would_run_it() -> None:
    assert chain(add.s(1, 2), add.s(10), shown.s()).dispatch_sync() == "13"
    with pytest.raises(PayloadError, match="argument 'b'"):
        chain(shown.s(1), add.s(2)).dispatch_sync()
    with pytest.raises(Fail):
        chain(one.s(), fails.s(), nothing.s()).dispatch_sync()


def test_a_single_job_is_a_chain_too(runner: JobRunner) -> None:
    handle = chain(one.s()).dispatch()
    runner.run()
    assert (handle.result(timeout=0), JobHandle(handle.id, runner.queue).status) == (1, "success")
    assert repr(handle) == f"<ChainHandle {handle.chain_id} of 1>"
