"""Settles what a dead worker held, so that its jobs run again at once."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from native_runtime.errors import StoreError
from native_runtime.queue.driver import Ack, Finish, Release
from native_runtime.queue.failed import follow_up
from native_runtime.queue.permits import owner_of
from native_runtime.queue.retry import Defaults, Failure, FailureKind, decide_next
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Claim
    from native_runtime.queue.scoreboard import FinishedJob, ScoreboardReading

_TEXTS: Final = {
    FailureKind.OOM: "its worker ran out of memory",
    FailureKind.TIMEOUT: "it ran longer than its timeout",
    FailureKind.CRASHED: "its worker crashed",
    FailureKind.LOST: "its worker vanished and could not be asked",
    FailureKind.QUIT: "",
}
NOTHING: Final[Mapping[tuple[str, int], FinishedJob]] = {}
_UNHARMED: Final = Failure(kind=FailureKind.QUIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedJob:
    """A job that runs again.

    Attributes:
        failure: QUIT if it had not started: then its attempt does not count.
        is_cancelled: It does not run again, because somebody had cancelled it.
    """

    claim: Claim
    settlement: Release
    failure: FailureKind
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LostJob:
    """A job that is over, because the dead worker's attempt was its last."""

    claim: Claim
    settlement: Finish
    failure: FailureKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneJob:
    """A job that the dead worker had done, and had not come to settle. `runtime`: seconds it took."""

    claim: Claim
    settlement: Ack
    runtime: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescued:
    """What became of a dead worker's jobs."""

    done: tuple[DoneJob, ...] = ()
    released: tuple[ReleasedJob, ...] = ()
    failed: tuple[LostJob, ...] = ()

    @property
    def cost_an_attempt(self) -> bool:
        """True if an attempt failed with the worker, and not because somebody had cancelled its job."""
        tried = (job.failure is not FailureKind.QUIT and not job.is_cancelled for job in self.released)
        return bool(self.failed) or any(tried)


def rescue(
    driver: QueueDriver,
    worker_id: str,
    failure: FailureKind,
    reading: ScoreboardReading | None,
    *,
    now: float,
    finished: Mapping[tuple[str, int], FinishedJob] = NOTHING,
    defaults: Defaults | None = None,
    detail: str = "",
) -> Rescued:
    """Settle what a worker held. It must be dead; should it live all the same, its claims hold no more.

    Args:
        driver: The store.
        worker_id: Under which it claimed.
        failure: What its death means for the job it was running.
        reading: Its scoreboard; None if there is none, and then each of its jobs counts as started.
        now: Epoch seconds.
        finished: What its scoreboard lists as done, by job id and token.
        defaults: The worker's settings, for jobs that name nothing.
        detail: One sentence for a person, such as `killed at 130 MB: over memory_kill 128 MB`.
    """
    claims = driver.claims_of(worker_id)
    died = Failure(kind=failure, error=detail or _TEXTS[failure])
    decided = [
        _done(claim, finished[claim.id, claim.token])
        if (claim.id, claim.token) in finished
        else _decide(
            claim, died if reading is None or _ran(claim, reading) else _UNHARMED, now, defaults or Defaults()
        )
        for claim in claims
    ]
    settled = driver.settle([each.settlement for each in decided], now=now)
    held = [each for each, was_held in zip(decided, settled, strict=True) if was_held]
    if held:
        with suppress(StoreError):  # the rest is done and must be told; what cannot be given up now expires
            driver.release_all([owner_of(each.claim) for each in held])
    return Rescued(
        done=tuple(each for each in held if isinstance(each, DoneJob)),
        released=tuple(_seen(driver, each) for each in held if isinstance(each, ReleasedJob)),
        failed=tuple(each for each in held if isinstance(each, LostJob)),
    )


def _seen(driver: QueueDriver, released: ReleasedJob) -> ReleasedJob:
    job = driver.find(released.claim.id)
    is_cancelled = job is not None and job.state is JobState.CANCELLED
    return dataclasses.replace(released, is_cancelled=is_cancelled)


def _done(claim: Claim, finished: FinishedJob) -> DoneJob:
    ack = Ack(job_id=claim.id, token=claim.token, result=finished.result)
    return DoneJob(claim=claim, settlement=ack, runtime=finished.runtime)


def _decide(claim: Claim, failure: Failure, now: float, defaults: Defaults) -> ReleasedJob | LostJob:
    settlement = decide_next(claim, failure, defaults=defaults, now=now)
    if isinstance(settlement, Release):
        return ReleasedJob(claim=claim, settlement=settlement, failure=failure.kind)
    settlement = replace(settlement, then=follow_up(claim, settlement, now=now))
    return LostJob(claim=claim, settlement=settlement, failure=failure.kind)


def _ran(claim: Claim, reading: ScoreboardReading) -> bool:
    return reading.holds_job and (reading.job_id, reading.token) == (claim.id, claim.token)
