"""What is asked of jobs as values: whether one is meant, and how many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.queue.driver import QueueCounts
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from native_runtime.queue.driver import JobFilter
    from native_runtime.queue.drivers.gate import Gate
    from native_runtime.queue.job import Job


def matches(job: Job, which: JobFilter) -> bool:
    """Whether the filter means the job, whatever its limit and offset."""
    return (
        (which.ids is None or job.id in which.ids)
        and (which.states is None or job.state in which.states)
        and (which.queue is None or job.new.queue == which.queue)
        and (which.text is None or which.text.casefold() in f"{job.id} {job.new.name} {job.error}".casefold())
    )


def count_of(name: str, jobs: list[Job], *, now: float, gate: Gate | None) -> QueueCounts:
    """A queue in numbers, of its open and failed jobs. `gate`: what closes it, if anything does."""
    ready = [job for job in jobs if job.state is JobState.READY]
    return QueueCounts(
        name=name,
        ready=len(ready),
        delayed=sum(job.state is JobState.DELAYED for job in jobs),
        running=sum(job.state is JobState.RUNNING for job in jobs),
        failed=sum(job.state.is_failure for job in jobs),
        oldest_age=max((max(0.0, now - job.new.available_at) for job in ready), default=None),
        paused=gate is not None,
        paused_by=gate.closed_by if gate else None,
    )
