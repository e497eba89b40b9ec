"""`batch(…)`: jobs that run in any order, and what follows once they are over."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from native_runtime.errors import JobCancelledError, JobFailedError, UnknownNameError
from native_runtime.events import current_cause, loop_guard
from native_runtime.queue.batch_record import BatchPlan, BatchStatus, NewBatch
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.handle import JobHandle, decoded_result
from native_runtime.queue.signature import plan
from native_runtime.queue.state import JobState
from native_runtime.queue.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.job import Job
    from native_runtime.queue.planned import PlannedJob
    from native_runtime.queue.queue import Queue
    from native_runtime.queue.signature import Signature


def batch(
    signatures: Iterable[Signature[Any]],
    *,
    then: Signature[Any] | None = None,
    catch: Signature[Any] | None = None,
    finally_: Signature[Any] | None = None,
    allow_failures: bool = False,
    name: str = "",
) -> Batch:
    """Jobs that belong together.

    Args:
        signatures: The jobs; an empty batch is over at once.
        then: Runs once all have succeeded; a parameter that it leaves open takes the list of their results, in
            the order of `signatures`.
        catch: Runs once, at the first failure; a parameter that it leaves open takes the `FailedJob`.
        finally_: Runs when all are over, however they ended.
        allow_failures: Go on after a failure, and run `then` all the same, with None in place of the result of a
            job that failed or was cancelled. Without it the first failure cancels those that wait.
        name: What a person calls it.

    Raises:
        TypeError: Something is no signature.
        PayloadError: A signature leaves a parameter open that nothing fills.
        OptionError: One has an option that cannot hold in a batch (`id`, `unique_for`).
    """
    return Batch(
        tuple(plan(each, "a job of a batch") for each in signatures),
        then=None if then is None else plan(then, "`then` of a batch", fills="the list of results"),
        catch=None if catch is None else plan(catch, "`catch` of a batch", fills="the FailedJob"),
        finally_=None if finally_ is None else plan(finally_, "`finally_` of a batch"),
        allow_failures=allow_failures,
        name=name,
    )


class Batch:
    """A batch that can be dispatched.

    Attributes:
        jobs: Its jobs, in order.
        then: What follows its success.
        catch: What follows its first failure.
        finally_: What follows its end.
        allow_failures: It goes on after a failure.
        name: What a person calls it.
    """

    def __init__(
        self,
        jobs: tuple[PlannedJob, ...],
        *,
        then: PlannedJob | None,
        catch: PlannedJob | None,
        finally_: PlannedJob | None,
        allow_failures: bool,
        name: str,
    ) -> None:
        self.jobs = jobs
        self.then = then
        self.catch = catch
        self.finally_ = finally_
        self.allow_failures = allow_failures
        self.name = name

    def dispatch(self) -> BatchHandle:
        """Store the batch in one step; workers run it. It is durable when this returns.

        Raises:
            FeedbackLoopError: It would extend a chain of causes that feeds itself.
            NotConfiguredError: There is neither a runtime nor a connected store.
            StoreError: The store cannot be written.
        """
        queue = CURRENT.get()
        cause, now = current_cause(), queue.clock.epoch()
        for name in {each.name for each in (*self.jobs, self.then, self.catch, self.finally_) if each}:
            loop_guard.check(cause, f"job {name}")
        follows = BatchPlan(
            then=self.then,
            catch=self.catch,
            finally_=self.finally_,
            allow_failures=self.allow_failures,
            cause=cause.trail,
        )
        jobs = tuple(each.new_job(now=now, cause=cause.trail) for each in self.jobs)
        new = NewBatch(id=f"batch-{secrets.token_hex(8)}", jobs=jobs, plan=follows, name=self.name)
        queue.push_batch(new)
        return BatchHandle(new.id, queue)


class BatchHandle:
    """One stored batch. Every attribute but `id` looks into the store anew.

    Args:
        batch_id: The batch's id.
        queue: Where it is stored.
    """

    def __init__(self, batch_id: str, queue: Queue) -> None:
        self.id = batch_id
        self._queue = queue

    @classmethod
    def find(cls, batch_id: str) -> BatchHandle | None:
        """The batch with this id in the current store; None if there is none."""
        queue = CURRENT.get()
        return None if queue.driver.batches.find(batch_id) is None else cls(batch_id, queue)

    @property
    def status(self) -> BatchStatus:
        """Where the batch is; equal to its text, such as `"running"`."""
        return self._batch().status

    @property
    def total(self) -> int:
        """How many jobs it has."""
        return self._batch().total

    @property
    def pending(self) -> int:
        """How many of them are not over."""
        return self._batch().pending

    @property
    def succeeded(self) -> int:
        """How many have succeeded."""
        return self._batch().succeeded

    @property
    def failed(self) -> int:
        """How many have failed for good."""
        return self._batch().failed

    @property
    def cancelled(self) -> int:
        """How many were cancelled, or deleted before they had succeeded."""
        return self._batch().cancelled

    @property
    def progress(self) -> float:
        """The part of its jobs that is over, 0.0 to 1.0."""
        seen = self._batch()
        return 1.0 - seen.pending / seen.total if seen.total else 1.0

    @property
    def jobs(self) -> list[JobHandle[Any]]:
        """Its jobs, in order, but for those that were deleted."""
        jobs = self._queue.driver.batches.jobs(self.id)
        return [JobHandle(job.id, self._queue) for job in jobs if job is not None]

    def results(self, timeout: float | None = None) -> list[Any]:
        """What its jobs returned, in order; waits for the batch to be over, though not for what follows it.

        With `allow_failures` a job that failed or was cancelled has None in its place.

        Args:
            timeout: Seconds to wait; None is for ever.

        Raises:
            JobFailedError: It failed; names its first job that did.
            JobCancelledError: It, or one of its jobs, was cancelled.
            TimeoutError: It is not over yet.
            UnknownNameError: It was deleted from the store.
            NotConfiguredError: The runtime has stopped; `BatchHandle.find` finds the batch in a later one.
        """
        seen = wait_for(
            self._queue,
            self._batch,
            lambda seen: seen.status is not BatchStatus.RUNNING,
            timeout=timeout,
            wanted=f"the results of batch {self.id} (its runtime has stopped; `BatchHandle.find` finds it in a later one)",
            told=lambda seen: f"batch {self._title(seen)} has {seen.pending} of {seen.total} jobs to go",
        )
        return self._outcome(seen)

    def cancel(self) -> bool:
        """Cancel its waiting jobs, ask its running ones to stop. False if it was over already.

        `then` never runs; `finally_` does, once the running ones are over.
        """
        self._batch()
        return self._queue.cancel_batch(self.id)

    def __repr__(self) -> str:
        return f"<BatchHandle {self.id}>"

    def _batch(self) -> StoredBatch:
        found = self._queue.driver.batches.find(self.id)
        if found is None:
            raise UnknownNameError("batch", self.id, ())
        return found

    def _title(self, seen: StoredBatch) -> str:
        return f"{seen.name} ({seen.id})" if seen.name else seen.id

    def _outcome(self, seen: StoredBatch) -> list[Any]:
        jobs = self._queue.driver.batches.jobs(self.id)
        if seen.status is BatchStatus.CANCELLED:
            raise JobCancelledError(f"batch {self._title(seen)} was cancelled")
        if seen.status is BatchStatus.FAILED:
            raise _failure(seen, jobs)
        return [decoded_result(job) if job and job.state is JobState.SUCCESS else None for job in jobs]


def _failure(seen: StoredBatch, jobs: Iterable[Job | None]) -> JobFailedError:
    failed = [job for job in jobs if job is not None and job.state.is_failure]
    if not failed:
        return JobFailedError(seen.id, "of a batch", JobState.FAILED, "it was deleted since")
    first = min(failed, key=lambda job: job.finished_at or 0.0)
    return JobFailedError(first.id, first.new.name, first.state, first.error)
