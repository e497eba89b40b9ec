"""A batch as data: what is handed in, what a store knows of it, and what follows when it is over."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from native_runtime.queue.planned import PlannedJob, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from native_runtime.queue.driver import Pushed
    from native_runtime.queue.failed import FailedJob
    from native_runtime.queue.job import Job, NewJob
    from native_runtime.queue.step_news import StepNews


class BatchStatus(StrEnum):
    """Where a batch is."""

    RUNNING = "running"
    """Some of its jobs are not over."""
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"


class BatchPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to become of a batch.

    Attributes:
        then: Stored once all jobs have succeeded; gets their results.
        catch: Stored at the first failure; gets the `FailedJob`.
        finally_: Stored when all jobs are over, however they ended.
        allow_failures: Failed and cancelled jobs do not keep the batch from success.
        cause: Trail of what led to it, oldest first.
    """

    then: PlannedJob | None = None
    catch: PlannedJob | None = None
    finally_: PlannedJob | None = None
    allow_failures: bool = False
    cause: tuple[str, ...] = ()


class NewBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that is not stored yet. Its jobs have neither ids nor unique keys.

    Attributes:
        id: Unique text, chosen by the caller.
        jobs: Its jobs, in order.
        plan: What becomes of it.
        name: What a person calls it.
    """

    id: str
    jobs: tuple[NewJob, ...]
    plan: BatchPlan = msgspec.field(default_factory=BatchPlan)
    name: str = ""


class StoredBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as the store knows it. A job that was deleted before it had succeeded counts as cancelled.

    Attributes:
        id: The batch's id.
        name: What a person calls it.
        total: How many jobs it has.
        succeeded: Those that succeeded.
        failed: Those that failed for good.
        cancelled: Those that were cancelled or deleted.
        status: Where it is.
        created_at: Epoch seconds.
        ended_at: Epoch seconds; None while it runs.
        cause: Trail of what led to it, oldest first.
    """

    id: str
    name: str
    total: int
    succeeded: int
    failed: int
    cancelled: int
    status: BatchStatus
    created_at: float
    ended_at: float | None
    cause: tuple[str, ...] = ()

    @property
    def pending(self) -> int:
        """How many jobs are not over."""
        return self.total - self.succeeded - self.failed - self.cancelled

    def document(self) -> dict[str, Any]:
        """What it is and how it stands, as JSON-ready data."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status.value,
            "total": self.total,
            "pending": self.pending,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "cancelled": self.cancelled,
        }


class BatchStore(Protocol):
    """The batches of a job store. Every method is one atomic step and safe from any thread and process.

    The store ends a batch in the step in which its last job ends, and stores what follows in that same step.
    """

    def push(self, batch: NewBatch, *, now: float) -> list[Pushed]:
        """Store a batch with its jobs durably: all or nothing.

        Returns:
            For each of its jobs, in order, where it is stored.

        Raises:
            StoreError: The store cannot be written.
        """
        ...

    def find(self, batch_id: str) -> StoredBatch | None:
        """The batch, or None."""
        ...

    def select(self, *, limit: int = 100, offset: int = 0) -> list[StoredBatch]:
        """Batches, newest first."""
        ...

    def count(self) -> int:
        """How many batches are stored."""
        ...

    def jobs(self, batch_id: str, *, limit: int | None = None, offset: int = 0) -> list[Job | None]:
        """Its jobs in order, with None for each that was deleted; an empty list if there is no such batch."""
        ...

    def cancel(self, batch_id: str, *, now: float) -> bool:
        """Cancel its waiting jobs at once, and flag its running ones. False if it was over, or is unknown."""
        ...

    def take_news(self) -> Iterator[StepNews]:
        """What the steps of this store, in this process, have done by themselves since the last call.

        Raises:
            StoreError: The cancelled jobs cannot be read now; the next call tells of them.
        """
        ...


def end_of(
    plan: BatchPlan, *, total: int, succeeded: int, has_failed: bool, is_cancelled: bool
) -> BatchStatus:
    """How a batch ends of which all jobs are over.

    Args:
        plan: Its plan.
        total: How many jobs it has.
        succeeded: How many have succeeded.
        has_failed: One has failed for good.
        is_cancelled: Somebody cancelled the batch.
    """
    if is_cancelled:
        return BatchStatus.CANCELLED
    if succeeded == total or plan.allow_failures:
        return BatchStatus.SUCCESS
    return BatchStatus.FAILED if has_failed else BatchStatus.CANCELLED


def catcher(batch_id: str, plan: BatchPlan, failed: FailedJob, *, now: float) -> list[NewJob]:
    """What is stored at the first failure."""
    if plan.catch is None:
        return []
    value = msgspec.Raw(msgspec.json.encode(failed.document()))
    return [plan.catch.new_job(now=now, cause=plan.cause, job_id=f"{batch_id}:catch", value=value)]


def followers(
    batch_id: str, plan: BatchPlan, end: BatchStatus, results: Sequence[bytes | None], *, now: float
) -> list[NewJob]:
    """What is stored when all jobs are over.

    Args:
        batch_id: The batch.
        plan: Its plan.
        end: How it ended.
        results: Of its jobs, in order; None where there is none.
        now: Epoch seconds.
    """
    jobs = []
    if plan.then is not None and end is BatchStatus.SUCCESS:
        value = listed(results)
        jobs.append(plan.then.new_job(now=now, cause=plan.cause, job_id=f"{batch_id}:then", value=value))
    if plan.finally_ is not None:
        jobs.append(plan.finally_.new_job(now=now, cause=plan.cause, job_id=f"{batch_id}:finally"))
    return jobs
