"""When a worker has lived long enough: it asks its app for a fresh one, and works on until that is ready."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.queue.options import WorkOptions

MEGABYTE: Final = 1024 * 1024
PATIENCE: Final = (
    120.0  # seconds a worker that takes no more jobs waits for its app; it leaves by itself then
)
_SWOLLEN: Final = 1.5  # times its soft limit: the next job might take it to the hard one


class Leaving(StrEnum):
    """Why a worker leaves; all but MEMORY with exit code 0."""

    DRAINED = "drained"
    MEMORY = "memory"
    MAX_JOBS = "max_jobs"
    MAX_TIME = "max_time"
    EMPTY = "empty"
    ONCE = "once"


class Recycling:
    """Asked by the loop of the worker between two jobs.

    Args:
        options: Its limits.
        clock: Time.
        resident: Tells its resident bytes.
        ask: Asks the app for a fresh worker, once; None where no app can send one, so that it simply leaves.
    """

    def __init__(
        self,
        *,
        options: WorkOptions,
        clock: Clock,
        resident: Callable[[], int],
        ask: Callable[[str], None] | None,
    ) -> None:
        self._options = options
        self._clock = clock
        self._resident = resident
        self._ask = ask
        self._until = None if options.max_time is None else clock.monotonic() + options.max_time
        self._asked_for: Leaving | None = None
        self._is_swollen = False
        self._must_stay = False

    def reason_to_leave(self, attempted: int, *, is_draining: bool, was_job: bool) -> Leaving | None:
        """Why to leave now; None is to go on, as far as `takes_jobs`.

        Args:
            attempted: Jobs so far.
            is_draining: It was asked to leave.
            was_job: A job has ended that may have changed something.
        """
        limit = self._limit(attempted, was_job=was_job)
        if is_draining:
            return self._asked_for or limit or Leaving.DRAINED
        if limit is None or limit is Leaving.ONCE or self._ask is None:
            return limit
        if self._asked_for is None:
            self._asked_for = limit
            self._ask(limit)
        return None

    def takes_jobs(self, attempted: int) -> bool:
        """False once one more job would be too many before the fresh worker has come."""
        if self._asked_for is None or self._must_stay:
            return True
        return not self._is_swollen and not self._has_enough(attempted, self._options.max_jobs)

    def most(self, stride: int, attempted: int) -> int:
        """How many of `stride` jobs may be claimed at once."""
        longest = self._options.max_jobs
        return stride if longest is None or self._must_stay else max(1, min(stride, longest - attempted))

    def stay(self) -> None:
        """No fresh worker could be had for now: better work on than wait. From any thread."""
        self._must_stay = True

    def give_up_waiting(self) -> Leaving | None:
        """The app has not answered: leave for the reason it was told."""
        return None if self._must_stay else self._asked_for

    def seconds_left(self) -> float | None:
        """Until its time is over; None if that needs no look any more, or never comes."""
        if self._until is None or self._asked_for is not None:
            return None
        return self._until - self._clock.monotonic()

    def _limit(self, attempted: int, *, was_job: bool) -> Leaving | None:
        options = self._options
        if was_job:
            if options.memory and self._is_over(options.memory):
                return Leaving.MEMORY
            if options.once:
                return Leaving.ONCE
            if self._has_enough(attempted, self._jobs_before_asking()):
                return Leaving.MAX_JOBS
        if self._until is not None and self._clock.monotonic() >= self._until:
            return Leaving.MAX_TIME
        return None

    def _jobs_before_asking(self) -> int | None:
        # A tenth early, where a tenth is a job at all: so the fresh one is there when this one may work no more.
        longest = self._options.max_jobs
        return longest if longest is None or self._ask is None else longest - longest // 10

    def _is_over(self, memory: float) -> bool:
        resident = self._resident()
        self._is_swollen = resident > memory * MEGABYTE * _SWOLLEN
        return resident > memory * MEGABYTE

    @staticmethod
    def _has_enough(attempted: int, jobs: int | None) -> bool:
        return jobs is not None and attempted >= jobs
