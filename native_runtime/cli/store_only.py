"""The store of an app that does not run: queues and jobs can be seen and changed, children there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

import native_runtime
from native_runtime.clock import SystemClock
from native_runtime.gateway.job_documents import (
    batch_detail,
    batch_document,
    failed_document,
    job_detail,
    job_page,
)
from native_runtime.gateway.snapshot import status_document
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from native_runtime.cli.locate import App
    from native_runtime.clock import Clock
    from native_runtime.gateway.snapshot import Document
    from native_runtime.queue.driver import QueueDriver

FAILURES: Final = tuple(state for state in JobState if state.is_failure)
OVER: Final = tuple(state for state in JobState if state.is_over)
WAITING: Final = (JobState.READY, JobState.DELAYED)
FIRST_JOBS: Final = 100  # of a batch, as the gateway gives them
EVERYTHING: Final = 2**31 - 1  # a list for a program is whole


class StoreOnly:
    """Answers from the store."""

    def __init__(self, *, driver: QueueDriver, clock: Clock) -> None:
        self._driver = driver
        self._clock = clock

    @classmethod
    def open(cls, app: App) -> StoreOnly:
        """The store of `app`, until the command ends.

        Raises:
            StoreError: It cannot be opened.
        """
        connection = click.get_current_context().with_resource(native_runtime.connect(app.path))
        return cls(driver=connection.driver, clock=SystemClock())

    def status(self) -> Document:
        """Queues only."""
        return status_document(runtime=None, queues=self._driver.counts(now=self._clock.epoch()))

    def jobs(self, which: JobFilter) -> Document:
        """A page of jobs, newest first, and how many there are in all."""
        return job_page(self._driver, which)

    def job(self, job_id: str) -> Document | None:
        """Everything about one job; None if there is none of this id."""
        job = self._driver.find(job_id)
        return None if job is None else job_detail(job)

    def failed(self) -> list[Document]:
        """Failed jobs, newest first."""
        jobs = self._driver.select(JobFilter(states=FAILURES, limit=EVERYTHING))
        return [failed_document(job) for job in jobs]

    def batches(self) -> list[Document]:
        """Batches, newest first."""
        return [batch_document(batch) for batch in self._driver.batches.select(limit=EVERYTHING)]

    def batch(self, batch_id: str) -> Document | None:
        """A batch with its first jobs; None if there is none of this id."""
        batches = self._driver.batches
        batch = batches.find(batch_id)
        return None if batch is None else batch_detail(batch, batches.jobs(batch_id, limit=FIRST_JOBS))

    def cancel(self, any_id: str) -> bool:
        """Cancel a job, or a batch with all its jobs; False if none that is open has this id."""
        now = self._clock.epoch()
        job = self._driver.find(any_id)
        if job is None or job.state.is_over:
            return self._driver.batches.cancel(any_id, now=now)
        self._driver.request_cancel(any_id, now=now)
        return True

    def pause(self, queue: str) -> None:
        """Let nothing more be taken from a queue."""
        self._driver.pause(queue)

    def resume(self, queue: str) -> None:
        """Open a queue again."""
        self._driver.resume(queue)

    def clear(self, queue: str) -> int:
        """Delete what waits in a queue; returns how many."""
        return self._forget_all(JobFilter(queue=queue, states=WAITING))

    def retry(self, job_id: str) -> bool:
        """Make a failed job ready again; False if no failed job has this id."""
        return bool(self._driver.retry([job_id], now=self._clock.epoch()))

    def retry_all(self) -> int:
        """Make all failed jobs ready again; returns how many."""
        jobs = self._driver.select(JobFilter(states=FAILURES, limit=EVERYTHING))
        return len(self._driver.retry([job.id for job in jobs], now=self._clock.epoch()))

    def forget(self, job_id: str) -> bool:
        """Delete a job that is over; False if there is none of this id."""
        return self._driver.forget(JobFilter(ids=(job_id,), states=OVER)) > 0

    def flush(self) -> int:
        """Delete all failed jobs; returns how many."""
        return self._forget_all(JobFilter(states=FAILURES))

    def _forget_all(self, which: JobFilter) -> int:
        total = 0
        while removed := self._driver.forget(which):  # a driver may take a page at a time
            total += removed
        return total
