"""A job as it is stored: before (`NewJob`) and after (`Job`) the store has it, and one claim on it."""

from __future__ import annotations

import msgspec

from native_runtime.queue.state import JobState


class NewJob(msgspec.Struct, frozen=True, kw_only=True, gc=False):  # made in a fifth of a dataclass's time
    """A stored intention, not stored yet.

    Attributes:
        id: Unique text, chosen by the caller; empty lets the store name it.
        name: `module.function`, by which a worker finds the code.
        queue: Where it waits.
        payload: UTF-8 JSON, `{"args": {parameter: value}}` encoded by the function's annotations.
        priority: Higher runs first inside its queue; 0 is the default.
        available_at: Epoch seconds before which it must not run.
        tries: Most attempts; None leaves it to the worker.
        backoff: Seconds before each retry, the last one repeats; None leaves it to the worker.
        timeout: Seconds one attempt may take; None leaves it to the worker.
        cause: Trail of what led to it, oldest first.
        max_exceptions: Most attempts that may end by an exception; None is as many as `tries`.
        retry_until: Epoch seconds after which nothing is retried; None is never.
        fail_on_timeout: A timeout is final.
        unique_key: At most one job of this key is stored until `unique_until`.
        unique_until: Epoch seconds.
        meta: UTF-8 JSON of what follows the job, `{"on_failure": {…}, "chain": {…}}`; empty is none.
    """

    name: str
    id: str = ""
    queue: str = "default"
    payload: bytes = b"{}"
    priority: int = 0
    available_at: float = 0.0
    tries: int | None = None
    backoff: tuple[float, ...] | None = None
    timeout: float | None = None
    cause: tuple[str, ...] = ()
    max_exceptions: int | None = None
    retry_until: float | None = None
    fail_on_timeout: bool = False
    unique_key: str | None = None
    unique_until: float | None = None
    meta: bytes = b""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the store knows it.

    Attributes:
        new: What was handed in.
        state: Where it is.
        attempts: Starts at 0, grows by one when an attempt starts, shrinks when one is given back.
        exceptions: Attempts that ended by an exception.
        created_at: Epoch seconds.
        started_at: Epoch seconds of the latest attempt's start; None before the first.
        finished_at: Epoch seconds; None while it is open.
        worker: Who holds it, or held it last.
        token: Fencing token of the latest claim; 0 before the first.
        progress: 0.0 to 1.0, or None.
        progress_note: What the job said beside it.
        result: UTF-8 JSON, or None.
        error: `Class: message` of the last failure; empty if none.
        traceback: Of the last failure; empty if none.
        cancel_requested: Somebody asked a running job to stop.
    """

    new: NewJob
    state: JobState
    attempts: int = 0
    exceptions: int = 0
    created_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    worker: str | None = None
    token: int = 0
    progress: float | None = None
    progress_note: str = ""
    result: bytes | None = None
    error: str = ""
    traceback: str = ""
    cancel_requested: bool = False

    @property
    def id(self) -> str:
        """The job's id."""
        return self.new.id


class Claim(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A worker's right to run a job once. Whoever presents an older token has lost it.

    Attributes:
        new: What to run.
        token: Fencing token; grows with every claim on the job.
        attempt: 1 for the first.
        exceptions: Attempts so far that ended by an exception.
        is_limited: Its queue has limits: others may wait for this one to end.
    """

    new: NewJob
    token: int
    attempt: int
    exceptions: int = 0
    is_limited: bool = False

    @property
    def id(self) -> str:
        """The job's id."""
        return self.new.id
