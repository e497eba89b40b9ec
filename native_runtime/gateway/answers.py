"""What the gateway answers when something was done, or refused: the API's description is made of these."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from native_runtime.queue.batch_record import BatchStatus
from native_runtime.queue.state import JobState


class Refusal(TypedDict):
    """What is wrong, and what to do."""

    error: str


class Done(TypedDict):
    """It is done."""

    ok: Literal[True]


class Scaled(Done):
    """Another number of processes is wanted."""

    processes: int | Literal["auto"]


class Removed(Done):
    """Jobs were deleted."""

    removed: Annotated[int, Meta(description="How many.")]


class Retried(Done):
    """Jobs are ready again."""

    retried: Annotated[int, Meta(description="How many.")]


class JobCancellation(Done):
    """A job is cancelled, or was asked to stop."""

    state: Annotated[JobState, Meta(description="`running` while it has not heeded it yet.")]


class BatchCancellation(Done):
    """A batch is cancelled, or what runs of it was asked to stop."""

    status: Annotated[BatchStatus, Meta(description="`running` while one of its jobs has not heeded it yet.")]
