"""Holds running jobs to their timeouts and cancellations from outside, so that code stuck in C is ended too."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from native_runtime.errors import UnknownNameError
from native_runtime.processes.exit_status import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.clock import Clock
    from native_runtime.workers.activity import RunningJob

    Run = tuple[str, int]  # the child's name and the worker's pid

GRACE: Final = 2.0  # seconds between the warning that a job can catch and the kill
CANCEL_GRACE: Final = 5.0  # seconds a cancelled job has to stop by itself
SLEEP_JUMP: Final = 30.0  # seconds; nobody looked for so long: the machine slept, and the job with it


@dataclass(frozen=True, slots=True)
class Warn:
    """Let the worker raise `JobTimeoutError` in the job."""


@dataclass(frozen=True, slots=True)
class Kill:
    """End the worker. `why`: TIMEOUT counts as the job's failure, STOP does not."""

    why: Asked
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is remembered of one attempt between two looks.

    Attributes:
        granted: Seconds it did not have, because the machine slept.
        cancelled_at: Monotonic seconds when somebody cancelled it; None if nobody has.
        is_warned: The warning was sent.
        is_killed: The kill was asked for.
    """

    granted: float = 0.0
    cancelled_at: float | None = None
    is_warned: bool = False
    is_killed: bool = False


def look(
    watched: Watched, job: RunningJob, *, now: float, last_look: float
) -> tuple[Watched, Warn | Kill | None]:
    """Decide what a job's time calls for.

    Args:
        watched: What is remembered of this attempt.
        job: The attempt.
        now: Monotonic seconds.
        last_look: Monotonic seconds of the look before, at whatever ran then.
    """
    unseen = now - max(last_look, job.started)
    if unseen > SLEEP_JUMP:
        watched = replace(watched, granted=watched.granted + unseen)
    if watched.is_killed:
        return watched, None
    if watched.cancelled_at is not None and now - watched.cancelled_at >= CANCEL_GRACE:
        detail = f"job {job.name} was cancelled and did not stop within {CANCEL_GRACE:g} s"
        return replace(watched, is_killed=True), Kill(Asked.STOP, detail)
    spent = now - job.started - watched.granted
    if job.timeout <= 0 or spent < job.timeout:
        return watched, None
    if not watched.is_warned:
        return replace(watched, is_warned=True), Warn()
    if spent < job.timeout + GRACE:
        return watched, None
    detail = f"job {job.name} ran longer than its timeout of {job.timeout:g} s"
    return replace(watched, is_killed=True), Kill(Asked.TIMEOUT, detail)


class JobWatch:
    """Looks at the running jobs whenever `tick` is called; one caller at a time.

    Args:
        running: What each busy worker runs, by the child's name and the worker's pid.
        send: Sends a control message to such a worker.
        kill: Ends its tree at once: who, why, one sentence, unless something holds at the last moment.
        clock: Time.
    """

    def __init__(
        self,
        *,
        running: Callable[[], Mapping[Run, RunningJob]],
        send: Callable[[Run, Mapping[str, object]], bool],
        kill: Callable[[Run, Asked, str, Callable[[], bool]], bool],
        clock: Clock,
    ) -> None:
        self._running = running
        self._send = send
        self._kill = kill
        self._clock = clock
        self._watched: Mapping[tuple[str, int], Watched] = {}
        self._cancelled: dict[tuple[str, int], float] = {}  # by job and token: monotonic seconds
        self._aims: dict[Run, tuple[str, int]] = {}  # the job and token for which it was killed
        self._last_look = clock.monotonic()

    def cancelled(self, job_id: str, token: int) -> None:
        """Somebody wants this attempt to stop. From any thread."""
        self._cancelled.setdefault((job_id, token), self._clock.monotonic())

    def take_aim(self, run: Run) -> tuple[str, int] | None:
        """For which job and token a worker that is over was killed; None if it was not. From any thread."""
        return self._aims.pop(run, None)

    def tick(self) -> None:
        """Warn and kill what is over its time."""
        now, running = self._clock.monotonic(), self._running()
        watched = {}
        self._forget_heeded(running)
        for run, job in running.items():
            before = self._watched.get((job.id, job.token), Watched())
            before = replace(before, cancelled_at=self._cancelled.get((job.id, job.token)))
            after, act = look(before, job, now=now, last_look=self._last_look)
            watched[job.id, job.token] = after
            self._do(act, run, job)
        self._watched, self._last_look = watched, now

    def _do(self, act: Warn | Kill | None, run: Run, job: RunningJob) -> None:
        match act:
            case Warn():
                self._send(run, {"op": "timeout", "job": job.id})
            case Kill(why, detail):
                self._end(run, job, why, detail)
            case None:
                pass

    def _forget_heeded(self, running: Mapping[Run, RunningJob]) -> None:
        # One that waits in a worker's hand does not run yet, so only age tells what is over.
        now, attempts = self._clock.monotonic(), {(job.id, job.token) for job in running.values()}
        for attempt, at in list(self._cancelled.items()):
            if attempt not in attempts and now - at > CANCEL_GRACE:
                del self._cancelled[attempt]

    def _end(self, run: Run, job: RunningJob, why: Asked, detail: str) -> None:
        def has_ended() -> bool:
            """It ended at the last moment, and the worker is at something else."""
            now_runs = self._running().get(run)
            return now_runs is None or (now_runs.id, now_runs.token) != (job.id, job.token)

        # Noted first: the worker may be dead, and its jobs rescued, before `kill` returns.
        self._aims[run] = (job.id, job.token)
        is_killed = False
        with suppress(UnknownNameError):  # the child is gone and forgotten, and the job with it
            is_killed = self._kill(run, why, detail, has_ended)
        if not is_killed:
            self._aims.pop(run, None)
