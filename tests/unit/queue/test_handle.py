from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import job
from native_runtime.clock import SystemClock
from native_runtime.errors import JobCancelledError, JobFailedError, NotConfiguredError, UnknownNameError
from native_runtime.queue import JobHandle
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.driver import Ack, Finish, JobFilter, Settlement
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.queue import Queue
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.queue.job import Claim, Job


@job
def halve(number: int) -> tuple[int, int]:
    return divmod(number, 2)


cancelling: list[Job] = []
cancelled: list[Job] = []


@pytest.fixture(autouse=True)
def queue() -> Iterator[Queue]:
    cancelling.clear()
    cancelled.clear()
    made = Queue(
        driver=MemoryDriver(),
        clock=SystemClock(),
        cancelling=cancelling.append,
        cancelled=cancelled.append,
    )
    CURRENT.put(made)
    yield made
    CURRENT.clear(made)


def claimed(queue: Queue) -> Claim:
    (claim,) = queue.driver.claim(["default"], worker="w", limit=1, now=queue.clock.epoch())
    return claim


def settle(queue: Queue, settlement: Settlement) -> None:
    assert queue.driver.settle([settlement], now=queue.clock.epoch()) == [True]


def test_a_handle_tells_how_its_job_is(queue: Queue) -> None:
    handle = halve.dispatch(5)
    assert (handle.status, handle.progress, handle.attempts, handle.error) == ("ready", None, 0, "")
    claim = claimed(queue)
    queue.driver.set_progress(handle.id, token=claim.token, progress=0.5, note="half")
    assert (handle.status, handle.progress, handle.attempts) == (JobState.RUNNING, 0.5, 1)


def test_a_result_comes_back_as_its_annotation_says(queue: Queue) -> None:
    handle = halve.dispatch(5)
    settle(queue, Ack(job_id=handle.id, token=claimed(queue).token, result=b"[2,1]"))
    assert handle.result(timeout=0) == (2, 1)


def test_a_result_is_waited_for_and_news_wake_who_waits(queue: Queue) -> None:
    handle = halve.dispatch(5)
    claim = claimed(queue)
    results: list[tuple[int, int]] = []
    waiting = threading.Thread(target=lambda: results.append(handle.result(timeout=60)))
    waiting.start()
    settle(queue, Ack(job_id=handle.id, token=claim.token, result=b"[2,1]"))
    queue.tell_news()
    waiting.join(60)
    assert results == [(2, 1)]


def test_who_waits_for_a_result_is_told_when_the_queue_closes(queue: Queue) -> None:
    handle = halve.dispatch(5)
    told: list[NotConfiguredError] = []

    def wait() -> None:
        try:
            handle.result()
        except NotConfiguredError as error:
            told.append(error)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    queue.close()
    waiting.join(60)
    assert len(told) == 1
    assert f"the result of job {handle.id} (its runtime has stopped" in str(told[0])


def test_closing_a_queue_is_news_and_closing_it_twice_is_harmless(queue: Queue) -> None:
    seen = queue.news
    queue.close()
    queue.wait_for_news(seen, timeout=3600.0)
    queue.close()
    assert queue.is_closed


def test_waiting_too_long_is_a_timeout_that_names_the_state() -> None:
    with pytest.raises(TimeoutError, match="still ready"):
        halve.dispatch(5).result(timeout=0.01)


@pytest.mark.parametrize(
    ("timeout", "error"), [("1", TypeError), (True, TypeError), (float("nan"), ValueError)]
)
def test_timeout_that_is_no_number_of_seconds_is_refused(timeout: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="timeout: expected a number of seconds, or None for ever, got"):
        halve.dispatch(5).result(timeout=timeout)


@pytest.mark.parametrize("timeout", [10**400, float("inf")])
def test_timeout_beyond_all_clocks_is_for_ever(queue: Queue, timeout: float) -> None:
    handle = halve.dispatch(5)
    settle(queue, Ack(job_id=handle.id, token=claimed(queue).token, result=b"[2,1]"))
    assert handle.result(timeout=timeout) == (2, 1)


def test_the_result_of_a_failed_job_raises_its_error(queue: Queue) -> None:
    handle = halve.dispatch(5)
    finish = Finish(
        job_id=handle.id, token=claimed(queue).token, outcome=JobState.OOM, error="MemoryError: too much"
    )
    settle(queue, finish)
    with pytest.raises(JobFailedError, match="ended as oom: MemoryError: too much") as caught:
        handle.result(timeout=0)
    assert caught.value.outcome == "oom"


def test_a_waiting_job_is_cancelled_at_once() -> None:
    handle = halve.dispatch(5)
    assert handle.cancel()
    assert handle.status == "cancelled"
    assert not handle.cancel()
    assert not cancelling
    with pytest.raises(JobCancelledError):
        handle.result(timeout=0)


def test_a_running_job_is_asked_to_stop(queue: Queue) -> None:
    handle = halve.dispatch(5)
    claimed(queue)
    assert handle.cancel()
    assert [each.id for each in cancelling] == [handle.id]
    assert handle.status == "running"


def test_a_waiting_job_that_was_cancelled_is_told_once(queue: Queue) -> None:
    handle = halve.dispatch(5)
    later = halve.options(delay=60).dispatch(5)
    for _ in range(2):
        handle.cancel()
        later.cancel()
        queue.cancel("nobody")
    assert [(each.id, each.state) for each in cancelled] == [
        (handle.id, JobState.CANCELLED),
        (later.id, JobState.CANCELLED),
    ]


def test_a_job_that_its_worker_ends_is_not_told_as_cancelled_by_the_queue(queue: Queue) -> None:
    handle = halve.dispatch(5)
    claim = claimed(queue)
    handle.cancel()
    settle(queue, Finish(job_id=handle.id, token=claim.token, outcome=JobState.CANCELLED))
    handle.cancel()
    assert cancelled == []


def test_a_job_is_found_by_its_id(queue: Queue) -> None:
    handle = halve.dispatch(5)
    found = JobHandle.find(handle.id)
    assert found is not None
    assert found.status == "ready"
    assert JobHandle.find("nobody") is None
    queue.driver.forget(JobFilter(states=(JobState.READY,)))
    with pytest.raises(UnknownNameError, match=handle.id):
        handle.result(timeout=0)
