"""What the documents about jobs, batches and crash reports hold: the API's description is made of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from msgspec import Meta

from native_runtime.gateway.status_shapes import Seconds, Time
from native_runtime.processes.crash_report import CrashReport
from native_runtime.queue.batch_record import BatchStatus
from native_runtime.queue.state import JobState

Part = Annotated[float, Meta(description="0.0 to 1.0.")]
Trail = Annotated[list[str], Meta(description="What led to it, oldest first.")]


class JobDocument(TypedDict):
    """One line of a list of jobs."""

    id: str
    job: Annotated[str, Meta(description="`module.function`.")]
    queue: str
    state: JobState
    attempts: int
    tries: int | None
    priority: int
    progress: Part | None
    progress_note: str
    worker: Annotated[str | None, Meta(description="The child that holds it, or held it last.")]
    error: str
    cancel_requested: bool
    created_at: Time | None
    available_at: Time | None
    started_at: Time | None
    finished_at: Time | None


class JobDetail(JobDocument):
    """Everything about one job."""

    payload: Any
    result: Any
    traceback: str
    timeout: Seconds | None
    backoff: Annotated[list[float] | None, Meta(description="Seconds before each retry.")]
    cause: Trail


class JobPage(TypedDict):
    """Some jobs, newest first, of `total` in all."""

    jobs: list[JobDocument]
    total: int
    limit: int
    offset: int


class BatchDocument(TypedDict):
    """One line of a list of batches."""

    id: str
    name: str
    status: BatchStatus
    total: int
    pending: int
    succeeded: int
    failed: int
    cancelled: int
    progress: Annotated[float, Meta(description="The part of its jobs that is over, 0.0 to 1.0.")]
    created_at: Time | None
    ended_at: Time | None


class BatchDetail(BatchDocument):
    """A batch with some of its jobs, in their order."""

    cause: Trail
    jobs: list[JobDocument]


class BatchPage(TypedDict):
    """Some batches, newest first, of `total` in all."""

    batches: list[BatchDocument]
    total: int
    limit: int
    offset: int


class CrashDocument(TypedDict):
    """One line of `crash:list`, as far as the report in the data folder tells."""

    id: str | None
    child: str | None
    reason: str | None
    exit_code: int | None
    signal: str | None
    job: dict[str, Any] | None
    at: Time | None
    path: Annotated[str, Meta(description="The whole report.")]
    detail: str | None
    uptime: Seconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCrashReport(CrashReport):
    """A whole crash report, as it lies in the data folder.

    Attributes:
        path: Where it lies.
    """

    path: str
