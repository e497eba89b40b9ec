"""What a worker tells its app, in the words of docs/control-channel.md; silent where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from native_runtime.queue.brief import Brief
from native_runtime.queue.driver import Ack, Release
from native_runtime.queue.state import JobState
from native_runtime.queue.wanted import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime.clock import Clock
    from native_runtime.errors import FeedbackLoopError
    from native_runtime.queue.attempt import Report
    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.control import ControlChannel
    from native_runtime.queue.job import Claim, Job, NewJob
    from native_runtime.queue.wanted import Wanted

_MOST_AT_ONCE: Final = 200  # jobs that one message tells of


class Voice:
    """Speaks on the control channel.

    Args:
        channel: None if no app listens.
        clock: Time.
        wanted: Tells what the app wants to hear of jobs; asked each time, so it must cost next to nothing.
    """

    def __init__(self, channel: ControlChannel | None, *, clock: Clock, wanted: Callable[[], Wanted]) -> None:
        self._channel = channel
        self._clock = clock
        self._wanted = wanted if channel is not None else _nothing
        self._brief = Brief()
        self._is_busy: bool | None = None
        self._speaks_for: tuple[str, ...] | None = None

    def ready(self, worker_id: str) -> None:
        """The worker can take jobs."""
        self._say({"ev": "ready", "worker": worker_id})

    def busy(self) -> None:
        """It runs jobs; said when that changes."""
        self._turn(is_busy=True)

    def idle(self) -> None:
        """It waits for jobs; said when that changes, and after what there is still to tell of them."""
        self._tell_rest()
        self._turn(is_busy=False)

    @property
    def is_heard(self) -> bool:
        """True if there is an app."""
        return self._channel is not None

    def recycle(self, reason: str) -> None:
        """It wants a fresh worker in its place, and works on until it is told to leave, or to stay."""
        self._say({"ev": "recycle", "reason": reason})

    def leaving(self, reason: str, *, back_in: float = 0.0) -> None:
        """A planned exit follows. `back_in`: seconds before which there is no use in bringing the worker back."""
        self._tell_rest()
        self._say({"ev": "leaving", "reason": reason, **({"back_in": back_in} if back_in else {})})

    def waiting(self, queues: Sequence[str]) -> None:
        """Jobs wait that others may take, given back or held up by ours until now: one entry for each."""
        self._say({"ev": "dispatched", "queues": list(queues)})

    def dispatched(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        """The running job has dispatched others. Many are told in several messages: a line has a limit."""
        for start in range(0, len(jobs), _MOST_AT_ONCE):
            self._dispatched(jobs[start : start + _MOST_AT_ONCE])

    def _dispatched(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        message: dict[str, Any] = {"ev": "dispatched", "queues": [job.queue for _id, job in jobs]}
        wanted = self._wanted()
        if "queued" in wanted.all:
            self._brief.release("queued")
            message["jobs"] = [_queued(*each) for each in jobs]
        self._say(message)
        if jobs and "queued" in wanted.brief:
            *before, last = jobs
            self._brief.skip("queued", len(before))
            self._tell("queued", lambda: {"ev": "dispatched", "queues": [], "jobs": [_queued(*last)]})

    def started(self, claim: Claim) -> None:
        """An attempt begins."""
        self._tell("started", lambda: {"ev": "started", "job": _job(claim.new), "attempt": claim.attempt})

    def speaks_for(self, claim: Claim) -> None:
        """What this process prints from now on comes from `claim`; told where that changes and somebody listens."""
        if "output" not in self._wanted().all:
            return
        new = claim.new
        trail = (*new.cause, f"job {new.name}")
        if trail != self._speaks_for:
            self._speaks_for = trail
            self._say({"ev": "output", "cause": trail})

    def refused(self, error: FeedbackLoopError) -> None:
        """The running job may not dispatch what it wanted to: its chain feeds itself."""
        self._say({"ev": "refused", "step": error.refused, "depth": error.depth, "circle": error.circle})

    def progress(self, claim: Claim, fraction: float, note: str) -> None:
        """The running job has told how far it is."""
        self._tell(
            "progress", lambda: {"ev": "progress", "job": _job(claim.new), "progress": fraction, "note": note}
        )

    def ended(self, reports: Sequence[Report]) -> None:
        """Attempts are over, and their ends are stored. Told together: each message by itself wakes the app."""
        wanted = self._wanted()
        if wanted.all or wanted.brief:
            messages = [self._thinned(*_ending(report)) for report in reports]
            self._say(*(message for message in messages if message is not None))

    def cancelled(self, job: Job) -> None:
        """A job is over that nobody ran to its end, because somebody had cancelled it or its batch."""
        self._tell("cancelled", lambda: {"ev": "cancelled", "job": _job(job.new)})

    def cancelling(self, job: Job) -> None:
        """A job that runs, here or elsewhere, is to stop: the app tells its worker, and sees to it."""
        self._say({"ev": "cancelling", "id": job.id, "token": job.token, "worker": job.worker})

    def batch_ended(self, batch: StoredBatch) -> None:
        """A batch is over."""
        if "batch" in self._wanted().all:
            self._say({"ev": "batch", "batch": {**batch.document(), "cause": list(batch.cause)}})

    def _tell(self, kind: str, message: Callable[[], dict[str, Any]]) -> None:
        told = self._thinned(kind, message)
        if told is not None:
            self._say(told)

    def _thinned(self, kind: str, message: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """What is to be told of it, if anything is."""
        wanted = self._wanted()
        if kind in wanted.all:
            # What was withheld came before, and must not be told behind it.
            skipped = self._brief.release(kind)
            return {**message(), "skipped": skipped} if skipped else message()
        if kind in wanted.brief:
            return self._brief.take(kind, message, now=self._clock.monotonic())
        return None

    def _tell_rest(self) -> None:
        self._say(*self._brief.rest())

    def _turn(self, *, is_busy: bool) -> None:
        if self._is_busy is not is_busy:
            self._is_busy = is_busy
            self._say({"ev": "busy" if is_busy else "idle"})

    def _say(self, *messages: dict[str, Any]) -> None:
        if self._channel is not None and messages:
            self._channel.send(*messages)


def _nothing() -> Wanted:
    return NOTHING


def _queued(job_id: str, job: NewJob) -> dict[str, object]:
    return {"id": job_id, "job": job.name, "queue": job.queue, "cause": list(job.cause)}


def _job(new: NewJob) -> dict[str, object]:
    # The attempt is a step of the chain: what the app makes of its end carries it as a cause.
    return {"id": new.id, "name": new.name, "queue": new.queue, "cause": [*new.cause, f"job {new.name}"]}


def _ending(report: Report) -> tuple[str, Callable[[], dict[str, Any]]]:
    end = _end(report)
    return end["ev"], lambda: {"job": _job(report.claim.new), **end}


def _end(report: Report) -> dict[str, Any]:
    from native_runtime.queue.retry import OUTCOMES, FailureKind

    attempt, settlement, failure = report.claim.attempt, report.settlement, report.failure
    if isinstance(settlement, Ack) or failure is None:
        return {"ev": "succeeded", "attempt": attempt, "runtime": report.runtime}
    if isinstance(settlement, Release):
        # Given back, by a worker that leaves or by the job's middleware: it runs again, and nothing failed.
        given_back = {FailureKind.QUIT, FailureKind.PUT_BACK}
        outcome = "released" if failure.kind in given_back else OUTCOMES[failure.kind].value
        delay = max(0.0, settlement.at - report.ended_at)
        return {
            "ev": "retrying",
            "attempt": attempt,
            "outcome": outcome,
            "error": failure.error,
            "delay": delay,
        }
    if settlement.outcome is JobState.CANCELLED:
        return {"ev": "cancelled"}
    return {"ev": "failed", "attempt": attempt, "outcome": settlement.outcome.value, "error": failure.error}
