"""Batches in this process's memory, and what follows jobs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from native_runtime.queue.batch_record import (
    BatchPlan,
    BatchStatus,
    StoredBatch,
    catcher,
    end_of,
    followers,
)
from native_runtime.queue.drivers.job_changes import as_cancelled
from native_runtime.queue.failed import failed_job
from native_runtime.queue.state import JobState
from native_runtime.queue.step_news import StepNews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from native_runtime.queue.batch_record import NewBatch
    from native_runtime.queue.driver import Pushed
    from native_runtime.queue.job import Job, NewJob


@dataclass(slots=True, kw_only=True)
class _Batch:
    new: NewBatch
    job_ids: tuple[str, ...]
    created_at: float
    ended_at: float | None = None
    status: BatchStatus = BatchStatus.RUNNING
    is_cancelled: bool = False
    is_caught: bool = False
    has_then: bool = False
    has_finally: bool = False


class MemoryBatches:
    """A `BatchStore` beside jobs in memory; see there for what each method promises.

    Args:
        jobs: The jobs by id, as they are now.
        push: Stores jobs.
        at_once: Inside its block nobody else does anything.
    """

    def __init__(
        self,
        *,
        jobs: Callable[[], dict[str, Job]],
        push: Callable[[Sequence[NewJob], float], list[Pushed]],
        at_once: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._jobs = jobs
        self._push = push
        self._at_once = at_once
        self._batches: dict[str, _Batch] = {}
        self._news = StepNews()

    @property
    def planned(self) -> list[NewBatch]:
        """What was handed in, oldest first."""
        return [each.new for each in self._batches.values()]

    def push(self, batch: NewBatch, *, now: float) -> list[Pushed]:
        """Store a batch with its jobs."""
        with self._at_once():
            pushed = self._push(batch.jobs, now)
            job_ids = tuple(each.id for each in pushed)
            self._batches[batch.id] = _Batch(new=batch, job_ids=job_ids, created_at=now)
            self.look(now)
            return pushed

    def find(self, batch_id: str) -> StoredBatch | None:
        """The batch, or None."""
        with self._at_once():
            batch = self._batches.get(batch_id)
            return None if batch is None else self._stored(batch)

    def select(self, *, limit: int = 100, offset: int = 0) -> list[StoredBatch]:
        """Batches, newest first."""
        with self._at_once():
            return [self._stored(batch) for batch in list(reversed(self._batches.values()))[offset:][:limit]]

    def count(self) -> int:
        """How many are stored."""
        return len(self._batches)

    def jobs(self, batch_id: str, *, limit: int | None = None, offset: int = 0) -> list[Job | None]:
        """Its jobs, in order."""
        with self._at_once():
            batch = self._batches.get(batch_id)
            return [] if batch is None else self._jobs_of(batch)[offset:][:limit]

    def cancel(self, batch_id: str, *, now: float) -> bool:
        """Cancel its waiting jobs, flag its running ones."""
        with self._at_once():
            batch = self._batches.get(batch_id)
            if batch is None or batch.status is not BatchStatus.RUNNING:
                return False
            batch.is_cancelled = True
            self._news.cancelled += self._cancel_jobs(batch, now)
            self.look(now)
            return True

    def take_news(self) -> Iterator[StepNews]:
        """What steps have done by themselves since the last call."""
        with self._at_once():
            taken, self._news = self._news, StepNews()
        if taken.added or taken.cancelled or taken.unneeded or taken.ended:
            yield taken

    def add(self, jobs: Sequence[NewJob], now: float) -> None:
        """Store what follows a job, and note it."""
        pushed = self._push(jobs, now)
        self._news.added.extend(
            (stored.id, job) for stored, job in zip(pushed, jobs, strict=True) if stored.is_new
        )

    def note_cancelled(self, job: Job) -> None:
        """A step has ended this job, because somebody had cancelled it."""
        self._news.cancelled.append(job)

    def look(self, now: float | None) -> None:
        """See to all running batches, after jobs have changed. `now`: epoch seconds, None where nobody tells."""
        for batch in self._batches.values():
            if batch.status is BatchStatus.RUNNING:
                self._catch(batch)
                if not any(job is not None and not job.state.is_over for job in self._jobs_of(batch)):
                    self._end(batch, batch.created_at if now is None else now)

    def reopen(self, job_id: str) -> None:
        """A job runs again, and so does its batch, if it has one."""
        batch = self._batch_of(job_id)
        if batch is not None:
            batch.status, batch.ended_at, batch.is_cancelled = BatchStatus.RUNNING, None, False

    def has(self, job_id: str) -> bool:
        """True if the job belongs to a batch that is stored."""
        return self._batch_of(job_id) is not None

    def prune(self, *, finished_before: float) -> None:
        """Delete batches of old."""
        self._batches = {
            batch_id: batch
            for batch_id, batch in self._batches.items()
            if batch.ended_at is None or batch.ended_at >= finished_before
        }

    def _batch_of(self, job_id: str) -> _Batch | None:
        return next((batch for batch in self._batches.values() if job_id in batch.job_ids), None)

    def _jobs_of(self, batch: _Batch) -> list[Job | None]:
        return [self._jobs().get(job_id) for job_id in batch.job_ids]

    def _catch(self, batch: _Batch) -> None:
        failed = [job for job in self._jobs_of(batch) if job is not None and job.state.is_failure]
        if batch.is_caught or not failed:
            return
        batch.is_caught = True
        first = min(failed, key=lambda job: job.finished_at or 0.0)  # of equals the one that came first
        now = first.finished_at or 0.0
        if not batch.new.plan.allow_failures:
            cancelled = self._cancel_jobs(batch, now)
            self._news.cancelled += [job for job in cancelled if job.state.is_over]
            self._news.unneeded += [job.id for job in cancelled if not job.state.is_over]
        self.add(catcher(batch.new.id, batch.new.plan, failed_job(first), now=now), now)

    def _end(self, batch: _Batch, now: float) -> None:
        plan = batch.new.plan
        done = [job is not None and job.state is JobState.SUCCESS for job in self._jobs_of(batch)]
        batch.status = end_of(
            plan,
            total=len(done),
            succeeded=sum(done),
            has_failed=batch.is_caught,
            is_cancelled=batch.is_cancelled,
        )
        batch.ended_at = now
        left = BatchPlan(
            then=None if batch.has_then else plan.then,
            finally_=None if batch.has_finally else plan.finally_,
            cause=plan.cause,
        )
        batch.has_then = batch.has_then or batch.status is BatchStatus.SUCCESS
        batch.has_finally = True
        results = [None if job is None else job.result for job in self._jobs_of(batch)]
        self.add(followers(batch.new.id, left, batch.status, results, now=now), now)
        self._news.ended.append(self._stored(batch))

    def _cancel_jobs(self, batch: _Batch, now: float) -> list[Job]:
        """Cancel what waits, flag what runs. Returns them as they are afterwards."""
        opened = [job for job in self._jobs_of(batch) if job is not None and not job.state.is_over]
        for job in opened:
            self._jobs()[job.id] = as_cancelled(job, now)
        return [self._jobs()[job.id] for job in opened]

    def _stored(self, batch: _Batch) -> StoredBatch:
        states = [None if job is None else job.state for job in self._jobs_of(batch)]
        succeeded = states.count(JobState.SUCCESS)
        failed = sum(state is not None and state.is_failure for state in states)
        pending = sum(state is not None and not state.is_over for state in states)
        return StoredBatch(
            id=batch.new.id,
            name=batch.new.name,
            total=len(states),
            succeeded=succeeded,
            failed=failed,
            cancelled=len(states) - succeeded - failed - pending,
            status=batch.status,
            created_at=batch.created_at,
            ended_at=batch.ended_at,
            cause=batch.new.plan.cause,
        )
