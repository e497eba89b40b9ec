"""Holds running jobs to their timeouts from outside, so that code stuck in C is ended too."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from native_runtime.errors import UnknownNameError
from native_runtime.processes.exit_status import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.clock import Clock
    from native_runtime.workers.running_job import RunningJob

GRACE: Final = 2.0  # seconds between the warning that a job can catch and the kill
SLEEP_JUMP: Final = 30.0  # seconds; nobody looked for so long: the machine slept, and the job with it


@dataclass(frozen=True, slots=True)
class Warn:
    """Let the worker raise `JobTimeoutError` in the job."""


@dataclass(frozen=True, slots=True)
class Kill:
    """End the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is remembered of one attempt between two looks.

    Attributes:
        granted: Seconds it did not have, because the machine slept.
        is_warned: The warning was sent.
        is_killed: The kill was asked for.
    """

    granted: float = 0.0
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
    spent = now - job.started - watched.granted
    if job.timeout <= 0 or spent < job.timeout or watched.is_killed:
        return watched, None
    if not watched.is_warned:
        return replace(watched, is_warned=True), Warn()
    if spent < job.timeout + GRACE:
        return watched, None
    return replace(watched, is_killed=True), Kill()


class JobWatch:
    """Looks at the running jobs whenever `tick` is called; one caller at a time.

    Args:
        running: What each busy child runs, by the child's name.
        send: Sends a control message to a child.
        kill: Ends a child's tree at once: name, why, one sentence.
        clock: Time.
    """

    def __init__(
        self,
        *,
        running: Callable[[], Mapping[str, RunningJob]],
        send: Callable[[str, Mapping[str, object]], bool],
        kill: Callable[[str, Asked, str], bool],
        clock: Clock,
    ) -> None:
        self._running = running
        self._send = send
        self._kill = kill
        self._clock = clock
        self._watched: Mapping[tuple[str, int], Watched] = {}
        self._last_look = clock.monotonic()

    def tick(self) -> None:
        """Warn and kill what is over its time."""
        now, running = self._clock.monotonic(), self._running()
        watched = {}
        for child, job in running.items():
            before = self._watched.get((job.id, job.token), Watched())
            after, act = look(before, job, now=now, last_look=self._last_look)
            watched[job.id, job.token] = after
            self._do(act, child, job)
        self._watched, self._last_look = watched, now

    def _do(self, act: Warn | Kill | None, child: str, job: RunningJob) -> None:
        match act:
            case Warn():
                self._send(child, {"op": "timeout", "job": job.id})
            case Kill():
                self._end(child, job)
            case None:
                pass

    def _end(self, child: str, job: RunningJob) -> None:
        now_runs = self._running().get(child)
        if now_runs is None or (now_runs.id, now_runs.token) != (job.id, job.token):
            return  # it ended at the last moment, and the worker is at something else
        with suppress(UnknownNameError):  # the child is gone and forgotten, and the job with it
            self._kill(
                child, Asked.TIMEOUT, f"job {job.name} ran longer than its timeout of {job.timeout:g} s"
            )
