"""How full a queue is, from what was counted by lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.queue.driver import QueueCounts
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from native_runtime.queue.drivers.gate import Gate


def queue_counts(
    queue: str, counted: dict[tuple[str, str], tuple[int, float | None]], gate: Gate | None, *, now: float
) -> QueueCounts:
    """A queue in numbers.

    Args:
        queue: Its name.
        counted: By state and queue: how many jobs, and since when (epoch seconds) the oldest of them waits.
        gate: What may close it; None if nothing does.
        now: Epoch seconds.
    """

    def number(state: JobState) -> int:
        return counted.get((state.value, queue), (0, None))[0]

    since = counted.get((JobState.READY.value, queue), (0, None))[1]
    return QueueCounts(
        name=queue,
        ready=number(JobState.READY),
        delayed=number(JobState.DELAYED),
        running=number(JobState.RUNNING),
        failed=sum(number(state) for state in JobState if state.is_failure),
        oldest_age=None if since is None else max(0.0, now - since),
        paused=gate is not None,
        paused_by=gate.closed_by if gate else None,
    )
