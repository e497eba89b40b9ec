"""Publishes what happens to jobs, each event with the cause that the job carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from native_runtime.errors import FeedbackLoopError
from native_runtime.events import Cause
from native_runtime.queue.events import (
    BatchFinished,
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
    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.events import JobEvent
    from native_runtime.queue.job import Claim, Job, NewJob
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

_OF_BATCH: Final = ("name", "status", "total", "succeeded", "failed", "cancelled")


class JobNews:
    """May be called from several threads: the bus takes care of that.

    Args:
        bus: Where it is published.
        wants: Whether anybody listens to a kind of news.
        wants_brief: Whether anybody listens to the latest of it.
    """

    def __init__(
        self, bus: EventBus, wants: Callable[[str], bool], wants_brief: Callable[[str], bool]
    ) -> None:
        self._bus = bus
        self._wants = wants
        self._wants_brief = wants_brief

    def queued(self, jobs: Iterable[tuple[str, NewJob]]) -> None:
        """The app dispatched jobs; each comes with its id."""
        if not (self._wants("queued") or self._wants_brief("queued")):
            return
        told, skipped = list(jobs), 0
        if told and not self._wants("queued"):  # in brief
            told, skipped = told[-1:], len(told) - 1
        for job_id, job in told:
            event = JobQueued(job_id=job_id, job=job.name, queue=job.queue, skipped=skipped)
            self._bus.publish(event, cause=Cause(job.cause))

    def dispatched(self, message: Message) -> None:
        """A worker dispatched jobs: the `jobs` of its message."""
        skipped = message.get("skipped", 0)
        for job in message.get("jobs", ()):
            event = JobQueued(job_id=job["id"], job=job["job"], queue=job["queue"], skipped=skipped)
            self._bus.publish(event, cause=Cause(tuple(job["cause"])))

    def refused(self, message: Message) -> None:
        """A job of a worker was not let dispatch another."""
        self._bus.tell_refused(FeedbackLoopError(message["step"], message["depth"], message["circle"]))

    def said(self, child: str, message: Message) -> None:
        """A worker said what came of a job; a message of another kind is none of ours.

        Raises:
            KeyError: A key that docs/control-channel.md promises is missing.
        """
        kind, skipped = message.get("ev", ""), message.get("skipped", 0)
        if kind == "batch":
            batch = message["batch"]
            self._batch_ended(batch, Cause(tuple(batch["cause"])))
            return
        if kind == "cancelled":
            job = message["job"]
            event: JobEvent = JobCancelled(
                job_id=job["id"], job=job["name"], queue=job["queue"], skipped=skipped
            )
        elif kind in _ATTEMPT_EVENTS:
            make, keys = _ATTEMPT_EVENTS[kind]
            job = message["job"]
            told = {key: message[key] for key in keys}
            event = make(
                job_id=job["id"], job=job["name"], queue=job["queue"], worker=child, skipped=skipped, **told
            )
        else:
            return
        self._bus.publish(event, cause=Cause(tuple(job["cause"])))

    def cancelled(self, job: Job, *, origin: str | None = None) -> None:
        """A job is over that nobody ran to its end, because somebody had cancelled it or its batch."""
        event = JobCancelled(job_id=job.id, job=job.new.name, queue=job.new.queue, origin=origin)
        self._bus.publish(event, cause=Cause(job.new.cause))

    def batch_ended(self, batch: StoredBatch, *, origin: str | None = None) -> None:
        """A batch is over."""
        self._batch_ended(batch.document(), Cause(batch.cause), origin=origin)

    def rescued(self, child: str, rescued: Rescued, *, now: float) -> None:
        """What a dead worker held was settled. `now`: the epoch seconds at which it was."""
        for done in rescued.done:
            self._ended(JobSucceeded, child, done.claim, {"runtime": done.runtime})
        for job in rescued.released:
            # One that was cancelled is told of as such by the step; one that was given back had nothing happen to it.
            if not job.is_cancelled and job.failure is not FailureKind.QUIT:
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

    def _batch_ended(self, told: Message, cause: Cause, *, origin: str | None = None) -> None:
        event = BatchFinished(batch_id=told["id"], origin=origin, **{key: told[key] for key in _OF_BATCH})
        # The batch is a step of its own: what a handler makes of its end is one link further.
        self._bus.publish(event, cause=cause.then(f"batch {event.name}".rstrip()))

    def _ended(
        self, make: Callable[..., JobEvent], child: str, claim: Claim, told: Mapping[str, object]
    ) -> None:
        new = claim.new
        event = make(
            job_id=new.id, job=new.name, queue=new.queue, worker=child, attempt=claim.attempt, **told
        )
        self._bus.publish(event, cause=Cause(new.cause).then(f"job {new.name}"))
