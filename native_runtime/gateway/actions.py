"""What a person or a program can do from outside. Each act carries its origin into the events it causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.errors import IllegalTransitionError, UnknownNameError
from native_runtime.processes.state import is_alive
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.events import JobCancelled, JobQueued, JobsRemoved, QueuePaused, QueueResumed
from native_runtime.queue.failed import failed_filter
from native_runtime.queue.state import JobState, JobTrigger, next_state
from native_runtime.workers.doorbell import rings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.gateway.collaborators import House
    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.job import Job

Answer = dict[str, object]

_PAGE: Final = 500  # failed jobs made ready at once
_WAITING: Final = (JobState.READY, JobState.DELAYED)


class Actions:
    """Acts on the house. Every method blocks until the thing is done: call it on a thread.

    Args:
        house: What is acted upon.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def start_process(self, name: str, *, origin: str) -> None:
        """Start a child that is down, or try one again that waits; one that is alive stays as it is.

        Raises:
            UnknownNameError: No such child.
        """
        children = self._house.supervisor.all()
        if name not in children:
            raise UnknownNameError("child", name, sorted(children))
        if not is_alive(children[name].state):
            self._house.supervisor.restart(name, origin=origin)

    def pause(self, queue: str, *, origin: str) -> None:
        """Let nothing more be reserved from a queue."""
        self._house.driver.pause(queue)
        self._house.bus.publish(QueuePaused(queue=queue, origin=origin))

    def resume(self, queue: str, *, origin: str) -> None:
        """Open a queue again and wake its workers."""
        self._house.driver.resume(queue)
        self._house.bus.publish(QueueResumed(queue=queue, origin=origin))
        self._house.fleet.ring(rings(self._house.driver.counts(now=self._house.clock.epoch()), [queue]))

    def clear(self, queue: str, *, origin: str) -> Answer:
        """Delete the waiting jobs of a queue. Answers `{"removed": n}`."""
        removed = self._forget_all(JobFilter(queue=queue, states=_WAITING), origin=origin)
        self._house.bus.publish(JobsRemoved(count=removed, queue=queue, origin=origin))
        return {"removed": removed}

    def retry(self, job_id: str, *, origin: str) -> None:
        """Make a failed or cancelled job ready again.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: The job is neither failed nor cancelled.
        """
        job = self._job(job_id)
        next_state(job_id, job.state, JobTrigger.RETRY)
        self._retry([job], origin=origin)

    def retry_failed(self, *, origin: str) -> Answer:
        """Make all failed jobs ready again. Answers `{"retried": n}`."""
        total = 0
        while jobs := self._house.driver.select(failed_filter(limit=_PAGE)):
            retried = self._retry(jobs, origin=origin)
            if not retried:
                break  # somebody else was faster with all of them
            total += retried
        return {"retried": total}

    def forget(self, job_id: str, *, origin: str) -> None:
        """Delete a job that is over.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: The job is not over.
        """
        job = self._job(job_id)
        if not job.state.is_over:
            raise IllegalTransitionError(f"job {job_id}", job.state, "forget", [JobTrigger.CANCEL])
        removed = self._forget_all(JobFilter(ids=(job_id,)), origin=origin)
        self._house.bus.publish(JobsRemoved(count=removed, origin=origin))

    def flush_failed(self, *, origin: str) -> Answer:
        """Delete all failed jobs. Answers `{"removed": n}`."""
        removed = self._forget_all(failed_filter(), origin=origin)
        self._house.bus.publish(JobsRemoved(count=removed, origin=origin))
        return {"removed": removed}

    def cancel(self, job_id: str, *, origin: str) -> Answer:
        """Cancel a waiting job at once, or ask a running one to stop.

        Returns:
            `{"state": …}` afterwards: `cancelled`, or `running` while the job has not heeded it yet.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: The job is over already.
        """
        next_state(job_id, self._job(job_id).state, JobTrigger.CANCEL)
        job = self._house.driver.request_cancel(job_id, now=self._house.clock.epoch()) or self._job(job_id)
        if job.state is JobState.CANCELLED:
            self._house.bus.publish(
                JobCancelled(job_id=job.id, job=job.new.name, queue=job.new.queue, origin=origin)
            )
        elif job.state is JobState.RUNNING:
            self._house.fleet.cancel(job)
        self._house.fleet.tell_of_steps(origin=origin)  # it may have been the last of its batch
        return {"state": job.state.value}

    def cancel_batch(self, batch_id: str, *, origin: str) -> Answer:
        """Cancel the waiting jobs of a batch at once, and ask its running ones to stop.

        Returns:
            `{"status": …}` afterwards: `cancelled`, or `running` while some of its jobs have not heeded it yet.

        Raises:
            UnknownNameError: No such batch.
            IllegalTransitionError: The batch is over already.
        """
        batch = self._batch(batch_id)
        if not self._house.driver.batches.cancel(batch_id, now=self._house.clock.epoch()):
            raise IllegalTransitionError(f"batch {batch_id}", batch.status, JobTrigger.CANCEL, ())
        self._house.fleet.tell_of_steps(origin=origin)
        return {"status": self._batch(batch_id).status.value}

    def _retry(self, jobs: Sequence[Job], *, origin: str) -> int:
        house = self._house
        retried = set(house.driver.retry([job.id for job in jobs], now=house.clock.epoch()))
        again = [job for job in jobs if job.id in retried]
        for job in again:
            house.bus.publish(JobQueued(job_id=job.id, job=job.new.name, queue=job.new.queue, origin=origin))
        if again:
            house.fleet.ring([job.new.queue for job in again])
        return len(again)

    def _forget_all(self, which: JobFilter, *, origin: str) -> int:
        total = 0
        while removed := self._house.driver.forget(which):  # a driver may take a page at a time
            total += removed
        self._house.fleet.tell_of_steps(origin=origin)  # what is gone is no longer waited for by its batch
        return total

    def _batch(self, batch_id: str) -> StoredBatch:
        batch = self._house.driver.batches.find(batch_id)
        if batch is None:
            raise UnknownNameError("batch", batch_id, ["see GET /api/batches"])
        return batch

    def _job(self, job_id: str) -> Job:
        job = self._house.driver.find(job_id)
        if job is None:
            raise UnknownNameError("job", job_id, ["see GET /api/jobs"])
        return job
