"""What the documents about the app, its children, workers and queues hold: the API's description is made of these."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from native_runtime.processes.exit_status import ExitReason
from native_runtime.processes.state import ChildState
from native_runtime.queue.driver import PauseReason

Seconds = Annotated[float, Meta(description="Seconds.")]
Time = Annotated[str, Meta(description="ISO 8601, UTC.")]
Megabytes = Annotated[float, Meta(description="Megabytes of 1024 × 1024 bytes.")]


class RuntimeDocument(TypedDict):
    """The app itself."""

    app: str
    pid: int
    version: Annotated[str, Meta(description="Of this library.")]
    uptime: Seconds
    healthy: bool
    problems: Annotated[list[str], Meta(description="One sentence each; none means healthy.")]
    url: Annotated[str, Meta(description="The panel's address, without the secret.")]
    seq: Annotated[int, Meta(description="Number of the newest event that this document may know of.")]


class RunningJobDocument(TypedDict):
    """A job in a worker's hands."""

    id: str
    name: str
    attempt: int
    seconds: Annotated[float, Meta(description="How long this attempt has run.")]


class ExitDocument(TypedDict):
    """How a run of a child ended."""

    reason: ExitReason
    exit_code: int | None
    signal: Annotated[str | None, Meta(description="By name.")]
    at: Time
    detail: Annotated[str, Meta(description="One sentence.")]


class ChildDocument(TypedDict):
    """One child. It is a `worker` if it runs `queue:work`."""

    name: str
    kind: Literal["worker", "process"]
    worker: Annotated[str | None, Meta(description="Its section of workers.toml.")]
    beside: Annotated[str | None, Meta(description="The child whose place it takes, or has made free.")]
    command: list[str]
    pid: int | None
    state: ChildState
    uptime: Seconds | None
    restarts: int
    retry_in: Annotated[float | None, Meta(description="Seconds until it is tried again.")]
    rss_mb: Megabytes | None
    cpu_percent: Annotated[float | None, Meta(description="Of one core.")]
    job: RunningJobDocument | None
    jobs_done: Annotated[
        int | None, Meta(description="By its present process; null for what is no worker, or not ready yet.")
    ]
    jobs_failed: Annotated[int | None, Meta(description="Attempts that failed in its present process.")]
    last_exit: ExitDocument | None


class QueueDocument(TypedDict):
    """One queue in numbers."""

    name: str
    ready: int
    delayed: int
    running: int
    failed: int
    oldest_age: Seconds | None
    paused: bool
    paused_by: PauseReason | None


class WorkerDocument(TypedDict):
    """What is wanted of one worker: its section of workers.toml, and what was changed since by hand."""

    name: str
    up: bool
    processes: int
    scaling: Annotated[
        Literal["auto", "hand", "file"],
        Meta(
            description="The number of processes follows the jobs, was said by hand, or is that of the file."
        ),
    ]
    min: int | None
    max: int | None
    queues: list[str]
    memory_mb: Megabytes | None
    memory_kill_mb: Megabytes | None


class StatusDocument(TypedDict):
    """The whole status."""

    runtime: Annotated[RuntimeDocument | None, Meta(description="None where no app runs.")]
    children: list[ChildDocument]
    queues: list[QueueDocument]
    workers: list[WorkerDocument]


class HealthDocument(TypedDict):
    """Whether somebody has to look, and at what."""

    status: Literal["ok", "degraded"]
    problems: Annotated[list[str], Meta(description="One sentence each.")]
