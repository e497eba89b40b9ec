"""The contract of every job store. Nothing above it knows which one it is; one test suite holds them all to it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.queue.batch_record import BatchStore
    from native_runtime.queue.job import Claim, Job, NewJob
    from native_runtime.queue.rate import Rate
    from native_runtime.queue.settings import QueueSettings
    from native_runtime.queue.state import JobState


class Pushed(Struct, frozen=True, gc=False):
    """What became of a job that was handed in.

    Attributes:
        id: Under which it is stored: its own, the one that the store gave it, or that of a unique job of the
            same key that was there before.
        is_new: False if it was there already.
    """

    id: str
    is_new: bool


class Ack(Struct, frozen=True, kw_only=True, gc=False):
    """The attempt succeeded.

    Attributes:
        result: UTF-8 JSON, or None.
        then: Jobs to store in the same step, if the claim still holds and nobody has cancelled the job.
    """

    job_id: str
    token: int
    result: bytes | None = None
    then: tuple[NewJob, ...] = ()


class Release(Struct, frozen=True, kw_only=True, gc=False):
    """Put the job back.

    Attributes:
        at: Epoch seconds before which it must not run again.
        give_back: The attempt does not count (the app quit, or the job never started).
        exception: The attempt ended by an exception.
        error: `Class: message`; empty if nothing failed.
        traceback: Of the failure, if any.
    """

    job_id: str
    token: int
    at: float
    give_back: bool = False
    exception: bool = False
    error: str = ""
    traceback: str = ""


class Finish(Struct, frozen=True, kw_only=True, gc=False):
    """The job is over without success: a failure or `cancelled`.

    Attributes:
        outcome: The state it ends in.
        error: `Class: message`; empty if nothing failed.
        traceback: Of the failure, if any.
        exception: The attempt ended by an exception.
        then: Jobs to store in the same step, if the claim still holds.
    """

    job_id: str
    token: int
    outcome: JobState
    error: str = ""
    traceback: str = ""
    exception: bool = False
    then: tuple[NewJob, ...] = ()


Settlement = Ack | Release | Finish


class PauseReason(StrEnum):
    """Why nothing is reserved from a queue."""

    HAND = "hand"
    """Somebody paused it."""
    FILE = "file"
    """workers.toml says so."""
    BATTERY = "battery"
    """The machine runs on its battery."""


class QueueCounts(Struct, frozen=True, kw_only=True):
    """A queue in numbers.

    Attributes:
        name: The queue.
        ready: Jobs that wait to be reserved.
        delayed: Jobs that wait for their time.
        running: Jobs that are reserved.
        failed: Jobs that failed for good.
        oldest_age: Seconds the longest waiting ready job has been ready; None if none.
        paused: Nothing is reserved from it.
        paused_by: Who or what has paused it; None if it is open.
    """

    name: str
    ready: int
    delayed: int
    running: int
    failed: int
    oldest_age: float | None
    paused: bool
    paused_by: PauseReason | None = None


class JobFilter(Struct, frozen=True, kw_only=True):
    """Which jobs are meant; None means any.

    Attributes:
        ids: Those with one of these ids.
        states: Those in one of these states.
        queue: Those of this queue.
        text: Those whose id, name or error contains it, in any case.
        limit: Most to list.
        offset: How many to skip.
    """

    ids: tuple[str, ...] | None = None
    states: tuple[JobState, ...] | None = None
    queue: str | None = None
    text: str | None = None
    limit: int = 100
    offset: int = 0


class QueueDriver(Protocol):
    """A job store. Every method is one atomic step and safe from any thread and process.

    `now` is epoch seconds from the caller's clock.
    """

    @property
    def batches(self) -> BatchStore:
        """Its batches, which end in the step in which their last job ends."""
        ...

    def push(self, jobs: Sequence[NewJob], *, now: float) -> list[Pushed]:
        """Store jobs durably. A job whose id (or unique key, in its window) exists is not stored again.

        Returns:
            For each, in order, where it is stored and whether it is new.

        Raises:
            ConflictError: The id exists with another name or payload; nothing is stored.
            OptionError: The id is of the form in which the store names jobs (j and a number); nothing is stored.
            StoreError: The store cannot be written.
        """
        ...

    def claim(self, queues: Sequence[str], *, worker: str, limit: int, now: float) -> list[Claim]:
        """Reserve up to `limit` jobs for `worker`: strict priority over `queues`, then priority, then age.

        A job of a limited queue comes alone, so that it waits in nobody's hand while somebody else is free.
        """
        ...

    def settle(self, settlements: Sequence[Settlement], *, now: float) -> list[bool]:
        """End claims. False for each whose token is no longer the job's latest: that one changes nothing."""
        ...

    def exchange(
        self, settlements: Sequence[Settlement], queues: Sequence[str], *, worker: str, limit: int, now: float
    ) -> tuple[list[bool], list[Claim]]:
        """`settle` and then `claim` as one step: what a busy worker does between two jobs."""
        ...

    def claims_of(self, worker: str) -> list[Claim]:
        """What a worker holds, for whoever rescues its jobs."""
        ...

    def workers(self) -> list[str]:
        """Everybody who holds claims."""
        ...

    def set_progress(self, job_id: str, *, token: int, progress: float, note: str) -> bool:
        """Note how far a running job is. False if the token is no longer the latest."""
        ...

    def request_cancel(self, job_id: str, *, now: float) -> Job | None:
        """Cancel a waiting job at once; flag a running one. Returns the job afterwards, or None if unknown."""
        ...

    def find(self, job_id: str) -> Job | None:
        """The job, or None."""
        ...

    def select(self, which: JobFilter) -> list[Job]:
        """Jobs that match, newest first."""
        ...

    def count(self, which: JobFilter) -> int:
        """How many jobs match, whatever the limit and offset."""
        ...

    def retry(self, job_ids: Sequence[str], *, now: float) -> list[str]:
        """Make failed or cancelled jobs ready again with all their tries. Returns those that were."""
        ...

    def forget(self, which: JobFilter) -> int:
        """Delete jobs that match, whatever the limit and offset. Returns how many.

        Without `states` only jobs that are over are meant; waiting ones are deleted where the states name
        them. Running jobs are never deleted, nor are jobs of a stored batch that succeeded: what follows the
        batch gets their results.
        """
        ...

    def prune(self, *, finished_before: float) -> int:
        """Delete successful and cancelled jobs that finished before the given time. Returns how many.

        Batches that ended before it go first; the jobs of the others stay.
        """
        ...

    def configure(self, settings: Sequence[QueueSettings], *, now: float) -> None:
        """Let queues be as workers.toml says; those that it does not name are free.

        What was paused or resumed by hand stays so until the file says something else than it did.
        """
        ...

    def pause(self, queue: str) -> None:
        """Let nothing more be claimed from `queue`. Harmless twice."""
        ...

    def resume(self, queue: str) -> None:
        """Open `queue` again, whatever had closed it. Harmless twice."""
        ...

    def hold(self, queues: Sequence[str]) -> None:
        """Let nothing be claimed from exactly these while the machine runs on its battery."""
        ...

    def counts(self, *, now: float) -> list[QueueCounts]:
        """All queues that have jobs or are paused, by name."""
        ...

    def next_due(self, queues: Sequence[str]) -> float | None:
        """Epoch seconds when the earliest delayed job of those `queues` that are open is due; None if none waits.

        Of a limited queue, when the first job that waits may start; None while it has as many as may run.
        """
        ...

    def claimable(self, queues: Sequence[str], *, most: int, now: float) -> int:
        """How many jobs of `queues` workers could begin now, if any were free; counts no further than `most`.

        None of a queue that is closed, and of a limited one as many as may start.
        """
        ...

    def acquire(self, key: str, owner: str, *, until: float, now: float, most: int = 1) -> bool:
        """Hold a permit of `key` until the given time. False if `most` others do; one of one's own is prolonged."""
        ...

    def permits(self, key: str, *, now: float) -> list[float]:
        """Until when the permits of `key` are held that still are, in order."""
        ...

    def release_all(self, owners: Sequence[str]) -> None:
        """Give up whatever permits these hold."""
        ...

    def take(self, key: str, rate: Rate, *, now: float) -> float:
        """Take a token of `key`, whose bucket this rate fills. Returns 0, or the seconds until there is one."""
        ...

    def close(self) -> None:
        """Let go of files and connections, for good: a store that had some raises StoreError from then on.

        Calls that other threads are inside of end as they would have. Harmless twice.
        """
        ...
