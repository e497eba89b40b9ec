"""What can be done to queues and jobs from outside of them. Each act carries its origin into the events it causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from native_runtime.errors import IllegalTransitionError, UnknownNameError
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.events import JobCancelled, JobQueued, JobsRemoved, QueuePaused, QueueResumed
from native_runtime.queue.failed import FailedJob, failed_filter, failed_job
from native_runtime.queue.state import JobState, JobTrigger, next_state
from native_runtime.workers.doorbell import rings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.queue.batch_record import BatchStatus, StoredBatch
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Job

_PAGE: Final = 500  # failed jobs made ready at once
_WAITING: Final = (JobState.READY, JobState.DELAYED)


class Crew(Protocol):
    """Those who work off the queues."""

    def ring(self, queues: Sequence[str]) -> None:
        """Wake idle workers: one for each entry of `queues`, which names a queue for each job that waits."""
        ...

    def cancel(self, job: Job) -> None:
        """Tell the worker that has `job` to cancel it, and end it if it does not; returns at once."""
        ...

    def tell_of_steps(self, *, origin: str | None = None) -> None:
        """Tell of what steps of the store, taken in this process, have done by themselves: ring, stop, publish."""
        ...


class JobActions:
    """Acts on the queues of a running app. Every method blocks until the thing is done; from any thread.

    Args:
        driver: The job store.
        crew: Its workers.
        bus: Hears what was done.
        clock: Time.

    Raises:
        StoreError: From every method: the store cannot be read or written.
    """

    def __init__(self, *, driver: QueueDriver, crew: Crew, bus: EventBus, clock: Clock) -> None:
        self._driver = driver
        self._crew = crew
        self._bus = bus
        self._clock = clock

    def pause(self, queue: str, *, origin: str | None = None) -> None:
        """Let nothing more be reserved from a queue."""
        self._driver.pause(queue)
        self._bus.publish(QueuePaused(queue=queue, origin=origin))

    def resume(self, queue: str, *, origin: str | None = None) -> None:
        """Open a queue again and wake its workers."""
        self._driver.resume(queue)
        self._bus.publish(QueueResumed(queue=queue, origin=origin))
        self._crew.ring(rings(self._driver.counts(now=self._clock.epoch()), [queue]))

    def clear(self, queue: str, *, origin: str | None = None) -> int:
        """Delete the waiting jobs of a queue; how many."""
        removed = self._forget_all(JobFilter(queue=queue, states=_WAITING), origin=origin)
        self._bus.publish(JobsRemoved(count=removed, queue=queue, origin=origin))
        return removed

    def failed(self, *, queue: str | None = None, limit: int = 100) -> list[FailedJob]:
        """The latest failed jobs, of one queue or of all."""
        return [failed_job(job) for job in self._driver.select(failed_filter(queue=queue, limit=limit))]

    def retry(self, job_id: str, *, origin: str | None = None) -> None:
        """Make a failed or cancelled job ready again.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: The job is neither failed nor cancelled.
        """
        job = self._job(job_id)
        next_state(job_id, job.state, JobTrigger.RETRY)
        self._retry([job], origin=origin)

    def retry_failed(self, *, origin: str | None = None) -> int:
        """Make all failed jobs ready again; how many."""
        total = 0
        while jobs := self._driver.select(failed_filter(limit=_PAGE)):
            retried = self._retry(jobs, origin=origin)
            if not retried:
                break  # somebody else was faster with all of them
            total += retried
        return total

    def forget(self, job_id: str, *, origin: str | None = None) -> None:
        """Delete a job that is over.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: The job is not over.
        """
        job = self._job(job_id)
        if not job.state.is_over:
            raise IllegalTransitionError(f"job {job_id}", job.state, "forget", [JobTrigger.CANCEL])
        removed = self._forget_all(JobFilter(ids=(job_id,)), origin=origin)
        self._bus.publish(JobsRemoved(count=removed, origin=origin))

    def flush_failed(self, *, origin: str | None = None) -> int:
        """Delete all failed jobs; how many."""
        removed = self._forget_all(failed_filter(), origin=origin)
        self._bus.publish(JobsRemoved(count=removed, origin=origin))
        return removed

    def cancel(self, job_id: str, *, origin: str | None = None) -> JobState:
        """Cancel a waiting job at once, or ask a running one to stop.

        Returns:
            Its state afterwards: `cancelled`, or `running` while the job has not heeded it yet.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: The job is over already.
        """
        next_state(job_id, self._job(job_id).state, JobTrigger.CANCEL)
        job = self._driver.request_cancel(job_id, now=self._clock.epoch()) or self._job(job_id)
        if job.state is JobState.CANCELLED:
            self._bus.publish(
                JobCancelled(job_id=job.id, job=job.new.name, queue=job.new.queue, origin=origin)
            )
        elif job.state is JobState.RUNNING:
            self._crew.cancel(job)
        self._crew.tell_of_steps(origin=origin)  # it may have been the last of its batch
        return job.state

    def cancel_batch(self, batch_id: str, *, origin: str | None = None) -> BatchStatus:
        """Cancel the waiting jobs of a batch at once, and ask its running ones to stop.

        Returns:
            Its status afterwards: `cancelled`, or `running` while some of its jobs have not heeded it yet.

        Raises:
            UnknownNameError: No such batch.
            IllegalTransitionError: The batch is over already.
        """
        batch = self._batch(batch_id)
        if not self._driver.batches.cancel(batch_id, now=self._clock.epoch()):
            raise IllegalTransitionError(f"batch {batch_id}", batch.status, JobTrigger.CANCEL, ())
        self._crew.tell_of_steps(origin=origin)
        return self._batch(batch_id).status

    def _retry(self, jobs: Sequence[Job], *, origin: str | None = None) -> int:
        retried = set(self._driver.retry([job.id for job in jobs], now=self._clock.epoch()))
        again = [job for job in jobs if job.id in retried]
        for job in again:
            self._bus.publish(JobQueued(job_id=job.id, job=job.new.name, queue=job.new.queue, origin=origin))
        if again:
            self._crew.ring([job.new.queue for job in again])
        return len(again)

    def _forget_all(self, which: JobFilter, *, origin: str | None = None) -> int:
        total = 0
        while removed := self._driver.forget(which):  # a driver may take a page at a time
            total += removed
        self._crew.tell_of_steps(origin=origin)  # what is gone is no longer waited for by its batch
        return total

    def _batch(self, batch_id: str) -> StoredBatch:
        batch = self._driver.batches.find(batch_id)
        if batch is None:
            raise UnknownNameError("batch", batch_id, ["those that `native-runtime queue:batches` lists"])
        return batch

    def _job(self, job_id: str) -> Job:
        job = self._driver.find(job_id)
        if job is None:
            raise UnknownNameError("job", job_id, ["those that `native-runtime queue:jobs` lists"])
        return job
