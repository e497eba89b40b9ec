"""A stored job before and after a step, as values: what a store without a database works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from native_runtime.queue.job import Claim, Job
from native_runtime.queue.state import JobState, JobTrigger, next_state

if TYPE_CHECKING:
    from native_runtime.queue.driver import Finish, Release


def claim_on(job: Job) -> Claim:
    """The right to run it once."""
    return Claim(new=job.new, token=job.token, attempt=job.attempts, exceptions=job.exceptions)


def released(job: Job, release: Release, now: float) -> Job:
    """The job after its claim was ended so that it may run again."""
    if job.cancel_requested:
        trigger = JobTrigger.CANCEL
    else:
        trigger = JobTrigger.DELAY if release.at > now else JobTrigger.RELEASE
    return replace(
        job,
        new=replace(job.new, available_at=max(release.at, now)),
        state=next_state(job.id, job.state, trigger),
        finished_at=now if job.cancel_requested else None,
        attempts=job.attempts - release.give_back,
        exceptions=job.exceptions + release.exception,
        error=release.error or job.error,
        traceback=release.traceback if release.error else job.traceback,
    )


def finished(job: Job, finish: Finish, now: float) -> Job:
    """The job after it has ended without success."""
    is_cancelled = finish.outcome is JobState.CANCELLED
    next_state(job.id, job.state, JobTrigger.CANCEL if is_cancelled else JobTrigger.FAIL)
    return replace(
        job,
        state=finish.outcome,
        finished_at=now,
        exceptions=job.exceptions + finish.exception,
        error=finish.error,
        traceback=finish.traceback,
    )


def as_cancelled(job: Job, now: float) -> Job:
    """The job after somebody has cancelled it: a waiting one is over, a running one is asked."""
    if job.state is JobState.RUNNING:
        return replace(job, cancel_requested=True)
    state = next_state(job.id, job.state, JobTrigger.CANCEL)
    return replace(job, state=state, cancel_requested=True, finished_at=now)


def as_if_new(job: Job, now: float) -> Job:
    """The job as somebody wants it once more: ready, with all its tries."""
    return replace(
        job,
        new=replace(job.new, available_at=now, retry_until=None),
        state=next_state(job.id, job.state, JobTrigger.RETRY),
        finished_at=None,
        attempts=0,
        exceptions=0,
        cancel_requested=False,
        progress=None,
        progress_note="",
    )
