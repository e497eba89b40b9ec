"""`JobQueue`: what the panel does to queues and failed jobs, in code; with the example of docs/runtime.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import (
    IllegalTransitionError,
    JobQueue,
    NotConfiguredError,
    UnknownNameError,
)
from native_runtime.queue.events import JobFailed, JobsRemoved, QueuePaused, QueueResumed
from tests.support import jobs

if TYPE_CHECKING:
    from native_runtime import Runtime
    from tests.support.recorder import Recorder

PAGE = Path(__file__).resolve().parents[3] / "docs" / "runtime.md"
DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy


def failed(recorder: Recorder, job_id: str, times: int = 1) -> None:
    """Wait until a job has failed for good, so often."""
    recorder.wait_for(JobFailed, job_id=job_id, count=times)


def test_paused_queue_hands_out_nothing_until_it_is_resumed_and_then_at_once(
    runtime: Runtime, recorder: Recorder
) -> None:
    JobQueue.pause("default")
    recorder.wait_for(QueuePaused, queue="default")
    handle = jobs.add.dispatch(1, 2)
    assert runtime.queue.driver.claim(["default"], worker="w", limit=1, now=runtime.queue.clock.epoch()) == []
    JobQueue.resume("default")
    recorder.wait_for(QueueResumed, queue="default")
    assert handle.result(timeout=DEADLINE) == 3


@pytest.mark.usefixtures("runtime")
def test_clearing_deletes_what_waits_and_says_how_many(recorder: Recorder) -> None:
    JobQueue.pause("default")
    jobs.add.dispatch_many([(number, 1) for number in range(7)])
    assert JobQueue.clear("default") == 7
    assert recorder.wait_for(JobsRemoved, queue="default").count == 7
    assert JobQueue.clear("default") == 0


@pytest.mark.usefixtures("runtime")
def test_failed_job_is_listed_retried_and_forgotten(recorder: Recorder) -> None:
    jobs.fails.options(id="a", tries=1).dispatch("once")
    failed(recorder, "a")
    (told,) = JobQueue.failed()
    assert (told.id, told.job, told.outcome, told.attempts) == ("a", "tests.support.jobs.fails", "failed", 1)
    assert "once" in told.error
    assert JobQueue.failed(queue="another") == []
    JobQueue.retry("a")
    failed(recorder, "a", times=2)
    JobQueue.forget("a")
    assert JobQueue.failed() == []
    with pytest.raises(UnknownNameError, match="queue:jobs"):
        JobQueue.retry("a")


@pytest.mark.usefixtures("runtime")
def test_all_that_failed_is_retried_or_deleted_at_once(recorder: Recorder) -> None:
    for name in ("a", "b", "c"):
        jobs.fails.options(id=name, tries=1).dispatch(name)
        failed(recorder, name)
    assert JobQueue.retry_failed() == 3
    for name in ("a", "b", "c"):
        failed(recorder, name, times=2)
    assert JobQueue.flush_failed() == 3
    assert (JobQueue.failed(), JobQueue.flush_failed(), JobQueue.retry_failed()) == ([], 0, 0)


@pytest.mark.usefixtures("runtime")
def test_job_that_is_not_over_is_neither_retried_nor_forgotten() -> None:
    handle = jobs.add.options(delay=3600).dispatch(1, 2)
    for act in (JobQueue.retry, JobQueue.forget):
        with pytest.raises(IllegalTransitionError):
            act(handle.id)


@pytest.mark.usefixtures("runtime")
def test_what_no_queue_can_be_called_is_refused() -> None:
    for act in (JobQueue.pause, JobQueue.resume, JobQueue.clear):
        with pytest.raises(ValueError, match=rf"JobQueue\.{act.__name__}: queue: expected .*, got 'a/b'"):
            act("a/b")


def test_without_a_runtime_it_says_what_to_do() -> None:
    with pytest.raises(NotConfiguredError, match=r"JobQueue needs a runtime"):
        JobQueue.failed()


@pytest.mark.usefixtures("runtime")
def test_the_documented_function_gives_what_failed_another_chance(recorder: Recorder) -> None:
    found = re.search(
        r"<!-- example: acting\.py -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    example: dict[str, Any] = {}
    exec(found[1], example)  # noqa: S102 - the page's own code
    jobs.fails.options(id="a", tries=1).dispatch("once")
    failed(recorder, "a")
    assert example["forgive"]("default") == 1
    failed(recorder, "a", times=2)
