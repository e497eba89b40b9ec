"""A job that failed for good: as listings show it, and as an `on_failure` handler gets it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from native_runtime.clock import utc_at
from native_runtime.events import Cause
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from native_runtime.queue.driver import Finish
    from native_runtime.queue.job import Claim, Job

FAILURES: Final = tuple(state for state in JobState if state.is_failure)
"""The states of failed jobs, for a `JobFilter`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedJob:
    """One failed job.

    Attributes:
        id: The job's id.
        job: Its name, `module.function`.
        queue: Its queue.
        outcome: failed, oom, timeout, crashed or lost.
        attempts: How many it had.
        error: `Class: message`, or a sentence.
        traceback: Of the last attempt; empty if there is none.
        failed_at: ISO time, UTC.
    """

    id: str
    job: str
    queue: str
    outcome: str
    attempts: int
    error: str
    traceback: str
    failed_at: str

    def document(self) -> dict[str, Any]:
        """As JSON-ready data, as `queue:failed --json` shows it."""
        return asdict(self)


def failed_job(job: Job) -> FailedJob:
    """How a stored job failed."""
    return FailedJob(
        id=job.id,
        job=job.new.name,
        queue=job.new.queue,
        outcome=job.state.value,
        attempts=job.attempts,
        error=job.error,
        traceback=job.traceback,
        failed_at=_iso(job.finished_at or 0.0),
    )


def failed_filter(*, queue: str | None = None, limit: int = 100, offset: int = 0) -> JobFilter:
    """Selects the failed jobs."""
    return JobFilter(states=FAILURES, queue=queue, limit=limit, offset=offset)


def follow_up(claim: Claim, finish: Finish, *, now: float) -> tuple[NewJob, ...]:
    """The job that calls the `on_failure` handler, if the job has one and this finish is a failure.

    It is not asked of the loop guard: a handler has no handler, so a circle has to dispatch, and ends there.
    """
    handler = json.loads(claim.new.meta).get("on_failure") if claim.new.meta else None
    cause = Cause(claim.new.cause).then(f"job {claim.new.name}")
    if handler is None or not finish.outcome.is_failure:
        return ()
    failed = FailedJob(
        id=claim.id,
        job=claim.new.name,
        queue=claim.new.queue,
        outcome=finish.outcome.value,
        attempts=claim.attempt,
        error=finish.error,
        traceback=finish.traceback,
        failed_at=_iso(now),
    )
    return (
        NewJob(
            id=f"{claim.id}:failed:{claim.token}",  # known before it is stored, and stored once
            name=handler["job"],
            queue=handler["queue"] or claim.new.queue,
            payload=json.dumps({"args": {handler["parameter"]: failed.document()}}).encode(),
            tries=handler["tries"],
            backoff=None if handler["backoff"] is None else tuple(handler["backoff"]),
            timeout=handler["timeout"],
            cause=cause.trail,
        ),
    )


def _iso(epoch: float) -> str:
    return utc_at(epoch).isoformat()
