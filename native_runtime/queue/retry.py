"""What becomes of a job after an attempt that did not succeed. Pure: facts in, decision out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from native_runtime.backoff import listed_pause
from native_runtime.queue.driver import Finish, Release
from native_runtime.queue.duration import shortened
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from native_runtime.queue.job import Claim, NewJob


class FailureKind(StrEnum):
    """How an attempt ended, if not by success."""

    EXCEPTION = "exception"
    RETRY = "retry"
    """The job asked to run again."""
    PUT_BACK = "put_back"
    """The same, before it had begun its work: the attempt does not count."""
    FAIL = "fail"
    """The job asked to end as failed."""
    TIMEOUT = "timeout"
    OOM = "oom"
    """It ran out of memory, by an exception or by a kill."""
    CRASHED = "crashed"
    """Its worker died with it."""
    LOST = "lost"
    """Its worker vanished and could not be asked."""
    CANCELLED = "cancelled"
    QUIT = "quit"
    """The app ended the worker: no fault of the job."""


OUTCOMES: Final = {
    FailureKind.EXCEPTION: JobState.FAILED,
    FailureKind.RETRY: JobState.FAILED,
    FailureKind.PUT_BACK: JobState.FAILED,
    FailureKind.FAIL: JobState.FAILED,
    FailureKind.TIMEOUT: JobState.TIMEOUT,
    FailureKind.OOM: JobState.OOM,
    FailureKind.CRASHED: JobState.CRASHED,
    FailureKind.LOST: JobState.LOST,
    FailureKind.CANCELLED: JobState.CANCELLED,
}
"""The state of a job whose last attempt ended so. QUIT is missing: it never ends a job."""


class Failure(Struct, frozen=True, kw_only=True):
    """One attempt that did not succeed.

    Attributes:
        kind: How.
        error: `Class: message`, or a sentence.
        traceback: Of the exception, if there was one.
        delay: Seconds the job itself asked to wait; None asked nothing.
    """

    kind: FailureKind
    error: str = ""
    traceback: str = ""
    delay: float | None = None


class Defaults(Struct, frozen=True, kw_only=True):
    """What holds where a job names nothing: the worker's settings.

    Attributes:
        tries: Most attempts.
        backoff: Seconds before each retry; the last one repeats.
        timeout: Seconds one attempt may take.
    """

    tries: int = 3
    backoff: tuple[float, ...] = (3.0,)
    timeout: float = 60.0


def timeout_of(new: NewJob, defaults: Defaults) -> float:
    """Seconds one attempt of this job may take."""
    return shortened(defaults.timeout if new.timeout is None else new.timeout)


def tries_of(new: NewJob, defaults: Defaults) -> int | None:
    """Most attempts of this job; None where only the clock limits it (`retry_until` without `tries`)."""
    if new.tries is None and new.retry_until is not None:
        return None
    return defaults.tries if new.tries is None else new.tries


def decide_next(claim: Claim, failure: Failure, *, defaults: Defaults, now: float) -> Release | Finish:
    """Say what becomes of the job.

    Args:
        claim: The attempt that did not succeed.
        failure: How it ended.
        defaults: What holds where the job names nothing.
        now: Epoch seconds.
    """
    if failure.kind is FailureKind.QUIT:
        return Release(job_id=claim.id, token=claim.token, at=now, give_back=True)
    at = now + _pause(claim, failure, defaults)
    if _is_final(claim, failure, defaults, at=at):
        return Finish(
            job_id=claim.id,
            token=claim.token,
            outcome=OUTCOMES[failure.kind],
            error=failure.error,
            traceback=failure.traceback,
            exception=failure.kind is FailureKind.EXCEPTION,
        )
    if failure.kind is FailureKind.PUT_BACK:
        return Release(job_id=claim.id, token=claim.token, at=at, give_back=True)
    return Release(
        job_id=claim.id,
        token=claim.token,
        at=at,
        exception=failure.kind is FailureKind.EXCEPTION,
        error=failure.error,
        traceback=failure.traceback,
    )


def _pause(claim: Claim, failure: Failure, defaults: Defaults) -> float:
    if failure.delay is not None:
        return shortened(failure.delay)
    pauses = defaults.backoff if claim.new.backoff is None else claim.new.backoff
    return shortened(listed_pause(pauses, claim.attempt))


def _is_final(claim: Claim, failure: Failure, defaults: Defaults, *, at: float) -> bool:
    new = claim.new
    if failure.kind in {FailureKind.FAIL, FailureKind.CANCELLED}:
        return True
    if failure.kind is FailureKind.TIMEOUT and new.fail_on_timeout:
        return True
    if new.retry_until is not None and at > new.retry_until:
        return True
    if failure.kind is FailureKind.PUT_BACK:
        return False
    if failure.kind is FailureKind.EXCEPTION and new.max_exceptions is not None:
        return claim.exceptions + 1 >= new.max_exceptions or _tries_are_spent(claim, defaults)
    return _tries_are_spent(claim, defaults)


def _tries_are_spent(claim: Claim, defaults: Defaults) -> bool:
    tries = tries_of(claim.new, defaults)
    return tries is not None and claim.attempt >= tries
