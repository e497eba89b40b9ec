import threading
from pathlib import Path
from typing import Any

import pytest

from native_runtime import NotConfiguredError, RateLimit, Retry, batch, chain, current_job
from native_runtime.errors import JobCancelledError, JobFailedError
from native_runtime.events import current_cause
from native_runtime.queue.failed import FailedJob
from native_runtime.queue.handle import JobHandle
from native_runtime.queue.job_function import job
from native_runtime.queue.state import JobState
from native_runtime.testing import SyncQueue
from native_runtime.testing.sync_queue import MOST_ATTEMPTS

said: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NATIVE_RUNTIME_CONFIG", raising=False)
    said.clear()


@job(queue="images")
def thumbnail(source: Path, size: int = 256) -> Path:
    said.append((source, size))
    return source.with_suffix(f".{size}.jpg")


@job
def doubled(number: int) -> int:
    return 2 * number


def tells_without_annotation(failed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    said.append(failed)


@job(tries=1, on_failure=tells_without_annotation)
def fails_and_tells() -> None:
    raise ValueError("no")


@job
def says(what: str) -> None:
    said.append(what)


@job(backoff=[5, 60])
def succeeds_at_last(attempt: int) -> int:
    said.append(current_job().attempt)
    if current_job().attempt < attempt:
        raise ConnectionError("the server is away")
    return attempt


def tells_of(failed: FailedJob) -> None:
    said.append((failed.job, failed.attempts, failed.error))


@job(tries=2, on_failure=tells_of)
def fails() -> None:
    raise ValueError("no")


@job
def dispatches_another() -> None:
    said.append("before")
    says.dispatch("another")
    said.append(("after", current_cause().depth))


def test_a_job_is_over_when_dispatch_returns(sync_queue: SyncQueue) -> None:
    handle = thumbnail.dispatch(Path("a.png"), size=64)
    assert said == [(Path("a.png"), 64)]
    assert (handle.status, handle.attempts, handle.result()) == (JobState.SUCCESS, 1, Path("a.64.jpg"))
    sync_queue.assert_dispatched(thumbnail, times=1)
    sync_queue.assert_none_failed()


def test_many_jobs_run_by_their_priority_and_then_by_their_age(sync_queue: SyncQueue) -> None:
    sync_queue.driver.pause("default")
    says.dispatch("first")
    says.dispatch_many([("second",), ("third",)])
    says.options(priority=1).dispatch("urgent")
    assert said == []
    sync_queue.driver.resume("default")
    sync_queue.work()
    assert said == ["urgent", "first", "second", "third"]


def test_a_job_that_fails_is_tried_again_without_waiting_while_the_clock_moves_on(
    sync_queue: SyncQueue,
) -> None:
    before = sync_queue.clock.epoch()
    handle = succeeds_at_last.dispatch(3)
    assert said == [1, 2, 3]
    assert (handle.result(), handle.attempts) == (3, 3)
    assert sync_queue.clock.epoch() == pytest.approx(before + 5 + 60)


def test_a_job_that_fails_for_good_is_told_to_its_handler_and_to_the_test(sync_queue: SyncQueue) -> None:
    handle = fails.dispatch()
    assert handle.status == JobState.FAILED
    with pytest.raises(JobFailedError, match="ValueError: no"):
        handle.result()
    assert said == [(fails.name, 2, "ValueError: no")]
    assert [(failed.id, failed.error) for failed in sync_queue.failed] == [(handle.id, "ValueError: no")]
    with pytest.raises(AssertionError, match=r"got 1:\n.*fails \(failed\): ValueError: no\nTraceback"):
        sync_queue.assert_none_failed()


def test_a_failed_job_runs_again_when_it_is_retried(sync_queue: SyncQueue) -> None:
    handle = fails.dispatch()
    said.clear()
    assert sync_queue.driver.retry([handle.id], now=sync_queue.clock.epoch()) == [handle.id]
    sync_queue.work()
    assert said == [(fails.name, 2, "ValueError: no")]


def test_a_chain_runs_to_its_end_and_passes_results_on(sync_queue: SyncQueue) -> None:
    handle = chain(doubled.s(1), doubled.s(), doubled.s()).dispatch()
    assert handle.result() == 8
    sync_queue.assert_chained([doubled.s(1), doubled.s(), doubled.s()])
    sync_queue.assert_dispatched(doubled, times=3)


def test_a_batch_ends_with_all_that_follows_it(sync_queue: SyncQueue) -> None:
    done = batch([doubled.s(1), doubled.s(2)], then=says.s("all"), finally_=says.s("over")).dispatch()
    assert (done.status, done.results(), said) == ("success", [2, 4], ["all", "over"])
    once = fails.options(tries=1)
    failed = batch([once.s(), says.s("cancelled")], catch=says.s("caught"), then=says.s("never")).dispatch()
    assert (failed.status, failed.failed, failed.cancelled) == ("failed", 1, 1)
    assert said[2:] == [(fails.name, 1, "ValueError: no"), "caught"]
    sync_queue.assert_batched([doubled.s(1), doubled.s(2)], then=says.s("all"))


def test_a_delayed_job_runs_at_its_time_by_the_fake_clock(sync_queue: SyncQueue) -> None:
    before = sync_queue.clock.epoch()
    assert says.options(delay=3600).dispatch("later").status == JobState.SUCCESS
    assert said == ["later"]
    assert sync_queue.clock.epoch() == pytest.approx(before + 3600)


def test_middleware_runs_around_each_attempt(sync_queue: SyncQueue) -> None:
    before = sync_queue.clock.epoch()
    handles = [calls_an_api.dispatch(number) for number in range(3)]
    assert [(handle.result(), handle.attempts) for handle in handles] == [(0, 1), (1, 1), (2, 1)]
    assert sync_queue.clock.epoch() >= before + 30  # two tokens a minute


@job(middleware=[RateLimit("2/m")])
def calls_an_api(number: int) -> int:
    return number


def test_what_a_job_dispatches_runs_after_it_and_before_the_outer_dispatch_returns(
    sync_queue: SyncQueue,
) -> None:
    dispatches_another.dispatch()
    assert said == ["before", ("after", 1), "another"]
    sync_queue.assert_dispatched(says, times=1)


def test_a_job_that_waits_for_another_is_told_that_it_would_wait_for_ever(sync_queue: SyncQueue) -> None:
    handle = waits_for_another.dispatch()
    assert handle.status == JobState.FAILED
    assert handle.error.startswith("TimeoutError: a job waits here for another")
    assert sync_queue.failed[0].id == handle.id


@job(tries=1)
def waits_for_another() -> int:
    return doubled.dispatch(1).result()


def test_a_job_that_cancels_itself_is_cancelled(sync_queue: SyncQueue) -> None:
    handle = cancels_itself.dispatch()
    assert handle.status == JobState.CANCELLED
    with pytest.raises(JobCancelledError):
        handle.result()
    assert said == []
    assert sync_queue.failed == []


@job
def cancels_itself() -> None:
    own = JobHandle.find(current_job().id)
    assert own is not None
    own.cancel()
    said.append("not reached")


class _OutcomeOfATest(BaseException):
    """As `pytest.fail` raises it."""


@job
def ends_the_test() -> None:
    raise _OutcomeOfATest


def test_what_is_meant_for_the_test_leaves_the_job(sync_queue: SyncQueue) -> None:
    with pytest.raises(_OutcomeOfATest):
        ends_the_test.dispatch()
    sync_queue.assert_dispatched(ends_the_test, times=1)
    assert said == []


@job
def exits() -> None:
    raise SystemExit(3)


def test_a_job_that_exits_does_not_take_the_test_with_it(sync_queue: SyncQueue) -> None:
    assert exits.options(tries=1).dispatch().error == "SystemExit: 3"
    assert len(sync_queue.failed) == 1


@job
def puts_itself_back() -> None:
    raise Retry("not yet", delay=0, give_back=True)


def test_a_job_that_puts_itself_back_for_ever_is_told(sync_queue: SyncQueue) -> None:
    with pytest.raises(RuntimeError, match=f"was put back {MOST_ATTEMPTS} times"):
        puts_itself_back.dispatch()
    assert says.dispatch("goes on").status == JobState.SUCCESS
    sync_queue.assert_none_failed()


def test_dispatches_of_several_threads_are_all_run_once_their_threads_are_over(sync_queue: SyncQueue) -> None:
    threads = [
        threading.Thread(target=doubled.dispatch_many, args=([(number,) for number in range(5)],))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    jobs = sync_queue.driver.counts(now=sync_queue.clock.epoch())
    assert jobs == []
    sync_queue.assert_dispatched(doubled, times=40)
    sync_queue.assert_none_failed()


def test_a_thread_waits_for_a_job_that_another_thread_runs(sync_queue: SyncQueue) -> None:
    results: list[int] = []
    is_begun.clear()
    may_end.clear()
    runner = threading.Thread(target=waits_for_the_test.dispatch)
    runner.start()
    assert is_begun.wait(60)
    handle = doubled.dispatch(21)  # the other thread is at work, and runs this next
    assert handle.status == JobState.READY
    waiter = threading.Thread(target=lambda: results.append(handle.result(timeout=600)))
    waiter.start()
    may_end.set()
    runner.join()
    waiter.join()
    assert results == [42]
    sync_queue.assert_none_failed()


is_begun, may_end = threading.Event(), threading.Event()


@job
def waits_for_the_test() -> None:
    is_begun.set()
    assert may_end.wait(60)


def test_outside_of_it_nothing_is_dispatched(sync_queue: SyncQueue) -> None:
    with SyncQueue().as_current():
        says.dispatch("inside")
    sync_queue.assert_nothing_dispatched()
    assert said == ["inside"]


def test_without_it_there_is_no_queue() -> None:
    with SyncQueue().as_current() as sync:
        pass
    with pytest.raises(NotConfiguredError):
        says.dispatch("nobody hears")
    sync.assert_nothing_dispatched()


def test_on_failure_gets_a_failed_job_also_where_it_does_not_say_so(sync_queue: SyncQueue) -> None:
    fails_and_tells.dispatch()
    (failed,) = said
    assert isinstance(failed, FailedJob)
    assert (failed.job, failed.error) == (fails_and_tells.name, "ValueError: no")
    assert [each.job for each in sync_queue.failed] == [fails_and_tells.name]
