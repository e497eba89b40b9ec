"""Publishes what happens to jobs, each event with the cause that the job carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from native_runtime.events import Cause
from native_runtime.queue.events import (
    JobCancelled,
    JobFailed,
    JobProgress,
    JobQueued,
    JobRetrying,
    JobStarted,
    JobSucceeded,
)
from native_runtime.queue.retry import OUTCOMES, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from native_runtime.events import EventBus
    from native_runtime.queue.events import JobEvent
    from native_runtime.queue.job import Claim, NewJob
    from native_runtime.queue.rescue import Rescued

    Message = Mapping[str, Any]  # JSON from a worker, see docs/control-channel.md

_ATTEMPT_EVENTS: Final[Mapping[str, tuple[Callable[..., JobEvent], tuple[str, ...]]]] = {
    "started": (JobStarted, ("attempt",)),
    "progress": (JobProgress, ("progress", "note")),
    "succeeded": (JobSucceeded, ("attempt", "runtime")),
    "retrying": (JobRetrying, ("attempt", "outcome", "error", "delay")),
    "failed": (JobFailed, ("attempt", "outcome", "error")),
}
"""By a message's `ev`: the event, and which keys of the message are its fields."""


class JobNews:
    """May be called from several threads: the bus takes care of that.

    Args:
        bus: Where it is published.
        wants: Whether anybody listens to a kind of news.
    """

    def __init__(self, bus: EventBus, wants: Callable[[str], bool]) -> None:
        self._bus = bus
        self._wants = wants

    def queued(self, jobs: Iterable[tuple[str, NewJob]]) -> None:
        """The app dispatched jobs; each comes with its id."""
        if not self._wants("queued"):
            return
        for job_id, job in jobs:
            event = JobQueued(job_id=job_id, job=job.name, queue=job.queue)
            self._bus.publish(event, cause=Cause(job.cause))

    def dispatched(self, jobs: Iterable[Message]) -> None:
        """A worker dispatched jobs: the `jobs` of its message."""
        for job in jobs:
            event = JobQueued(job_id=job["id"], job=job["job"], queue=job["queue"])
            self._bus.publish(event, cause=Cause(tuple(job["cause"])))

    def said(self, child: str, message: Message) -> None:
        """A worker said what came of a job; a message of another kind is none of ours.

        Raises:
            KeyError: A key that docs/control-channel.md promises is missing.
        """
        kind = message.get("ev", "")
        if kind == "cancelled":
            job = message["job"]
            event: JobEvent = JobCancelled(job_id=job["id"], job=job["name"], queue=job["queue"])
        elif kind in _ATTEMPT_EVENTS:
            make, keys = _ATTEMPT_EVENTS[kind]
            job = message["job"]
            told = {key: message[key] for key in keys}
            event = make(job_id=job["id"], job=job["name"], queue=job["queue"], worker=child, **told)
        else:
            return
        self._bus.publish(event, cause=Cause(tuple(job["cause"])))

    def rescued(self, child: str, rescued: Rescued, *, now: float) -> None:
        """What a dead worker held was settled. `now`: the epoch seconds at which it was."""
        for done in rescued.done:
            self._ended(JobSucceeded, child, done.claim, {"runtime": done.runtime})
        for job in rescued.released:
            if job.is_cancelled:
                new = job.claim.new
                cancelled = JobCancelled(job_id=new.id, job=new.name, queue=new.queue)
                self._bus.publish(cancelled, cause=Cause(new.cause).then(f"job {new.name}"))
            elif (
                job.failure is not FailureKind.QUIT
            ):  # else it was given back, and nothing has happened to it
                delay = max(0.0, job.settlement.at - now)
                told = {
                    "outcome": OUTCOMES[job.failure].value,
                    "error": job.settlement.error,
                    "delay": delay,
                }
                self._ended(JobRetrying, child, job.claim, told)
        for lost in rescued.failed:
            told = {"outcome": lost.settlement.outcome.value, "error": lost.settlement.error}
            self._ended(JobFailed, child, lost.claim, told)
            self.queued((then.id, then) for then in lost.settlement.then)

    def _ended(
        self, make: Callable[..., JobEvent], child: str, claim: Claim, told: Mapping[str, object]
    ) -> None:
        new = claim.new
        event = make(
            job_id=new.id, job=new.name, queue=new.queue, worker=child, attempt=claim.attempt, **told
        )
        self._bus.publish(event, cause=Cause(new.cause).then(f"job {new.name}"))
