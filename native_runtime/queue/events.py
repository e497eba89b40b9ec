"""What can happen to jobs and queues, as events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from native_runtime.events.event import Event, FrequentEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent(FrequentEvent):
    """Base of all events about one job.

    Attributes:
        job_id: The job's id.
        job: Its name, `module.function`.
        queue: Its queue.
    """

    job_id: str
    job: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQueued(JobEvent):
    """A job was dispatched and is durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted(JobEvent):
    """An attempt began. `worker` is the child's name; `attempt` is 1 for the first."""

    worker: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress(JobEvent):
    """A job told how far it is: `progress` from 0.0 to 1.0."""

    droppable: ClassVar[bool] = True

    worker: str
    progress: float
    note: str = ""

    @property
    def sort(self) -> str:
        """By worker: a page shows the progress of each."""
        return f"{self.type} {self.worker}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOver(JobEvent):
    """Base of the events after which nothing more happens to a job, unless somebody retries it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSucceeded(JobOver):
    """A job is done. `runtime` is the seconds its last attempt took."""

    worker: str
    attempt: int
    runtime: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRetrying(JobEvent):
    """An attempt failed and the job runs again after `delay` seconds."""

    worker: str
    attempt: int
    outcome: str
    error: str
    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(JobOver):
    """A job failed for good. `outcome`: failed, oom, timeout, crashed, lost."""

    worker: str
    attempt: int
    outcome: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(JobOver):
    """A job was cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFinished(Event):
    """All jobs of a batch are over. Said again if somebody retries one of them and the batch ends once more.

    Attributes:
        batch_id: The batch's id.
        name: What its dispatcher calls it; may be empty.
        status: success, failed or cancelled.
        total: How many jobs it has.
        succeeded: Those that succeeded.
        failed: Those that failed for good.
        cancelled: Those that were cancelled, or deleted before they had succeeded.
    """

    batch_id: str
    name: str
    status: str
    total: int
    succeeded: int
    failed: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePaused(Event):
    """Nothing more is reserved from the queue."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueResumed(Event):
    """The queue is open again."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsRemoved(Event):
    """Somebody deleted `count` jobs: a failed one, all of them, or (with `queue`) what waited in a queue."""

    count: int
    queue: str | None = None
