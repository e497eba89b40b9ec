"""The life of a job as data: its states and the table that joins them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from native_runtime.errors import IllegalTransitionError


class JobState(StrEnum):
    """Where a job is. Those after RUNNING are outcomes: the job is over."""

    READY = "ready"
    """Waits to be reserved."""
    DELAYED = "delayed"
    """Waits for its time."""
    RUNNING = "running"
    """Reserved by a worker."""
    SUCCESS = "success"
    FAILED = "failed"
    """Raised, or was refused, as often as it may."""
    OOM = "oom"
    """Its last attempt ran out of memory."""
    TIMEOUT = "timeout"
    """Its last attempt took too long."""
    CRASHED = "crashed"
    """Its last attempt took its worker with it."""
    CANCELLED = "cancelled"
    LOST = "lost"
    """Its worker vanished and could not be asked, as often as it may."""

    @property
    def is_over(self) -> bool:
        """True for outcomes."""
        return self not in _OPEN

    @property
    def is_failure(self) -> bool:
        """True for outcomes that are listed among the failed jobs."""
        return self in _FAILURES


class JobTrigger(StrEnum):
    """What can happen to a job."""

    DUE = "due"
    RESERVE = "reserve"
    SUCCEED = "succeed"
    RELEASE = "release"
    """Put back to run now."""
    DELAY = "delay"
    """Put back to run later."""
    FAIL = "fail"
    CANCEL = "cancel"
    RETRY = "retry"
    """A person wants it once more."""


_OPEN: Final = frozenset({JobState.READY, JobState.DELAYED, JobState.RUNNING})
_FAILURES: Final = frozenset(
    {JobState.FAILED, JobState.OOM, JobState.TIMEOUT, JobState.CRASHED, JobState.LOST}
)

# FAIL leads to the outcome named by the failure; the table holds the plainest of them.
TRANSITIONS: Final[Mapping[tuple[JobState, JobTrigger], JobState]] = {
    (JobState.DELAYED, JobTrigger.DUE): JobState.READY,
    (JobState.READY, JobTrigger.RESERVE): JobState.RUNNING,
    (JobState.RUNNING, JobTrigger.SUCCEED): JobState.SUCCESS,
    (JobState.RUNNING, JobTrigger.RELEASE): JobState.READY,
    (JobState.RUNNING, JobTrigger.DELAY): JobState.DELAYED,
    (JobState.RUNNING, JobTrigger.FAIL): JobState.FAILED,
    **{(state, JobTrigger.CANCEL): JobState.CANCELLED for state in sorted(_OPEN)},
    **{(state, JobTrigger.RETRY): JobState.READY for state in sorted(_FAILURES | {JobState.CANCELLED})},
}


def next_state(job_id: str, state: JobState, trigger: JobTrigger) -> JobState:
    """The state that follows, by the table and nothing else.

    Raises:
        IllegalTransitionError: The table has no such step.
    """
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        allowed = [known.value for at, known in TRANSITIONS if at is state]
        raise IllegalTransitionError(f"job {job_id}", state, trigger, allowed) from None
