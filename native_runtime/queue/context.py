"""What a running job can know of itself, and tell."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from native_runtime.errors import JobCancelledError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from logging import Logger, LoggerAdapter

    from native_runtime.clock import Clock
    from native_runtime.events import Cause
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Claim
    from native_runtime.queue.permits import Permits

_NO_ARGUMENTS: Final[Mapping[str, object]] = {}
_REPORT_EVERY: Final = (
    0.1  # seconds between two notes of progress; a job may tell it for each of a million rows
)
_LOOK_EVERY: Final = 0.5  # seconds between two looks for a cancellation


class JobContext:
    """The job that runs in this thread or task.

    Outside of a job (a plain call of its function) it is detached: it takes progress and tells nobody.

    Attributes:
        id: The job's id; empty if detached.
        name: Its name; empty if detached.
        attempt: 1 for the first.
        tries: Most attempts; None if only the clock limits it.
        arguments: Of the call, by parameter, defaults included. Known where the job has middleware, else empty.
        permits: Where its middleware keeps what holds across processes; None where no worker runs it.
    """

    arguments: Mapping[str, object] = _NO_ARGUMENTS
    permits: Permits | None = None

    def __init__(
        self, *, job_id: str = "", name: str = "", attempt: int = 1, tries: int | None = None
    ) -> None:
        self.id = job_id
        self.name = name
        self.attempt = attempt
        self.tries = tries

    @property
    def cause(self) -> Cause:
        """What led to what the job does now."""
        from native_runtime.events import current_cause

        return current_cause()

    @property
    def log(self) -> LoggerAdapter[Logger]:
        """A logger whose lines carry the job's id and attempt; they appear in the worker's output."""
        from native_runtime.queue.job_log import (
            JobLog,
        )  # logging costs a worker 10 ms: only for jobs that log

        return JobLog(f"[{self.name} {self.id} #{self.attempt}] " if self.id else "")

    def progress(self, fraction: float, note: str = "") -> None:
        """Tell how far the job is.

        Args:
            fraction: 0.0 to 1.0; what lies outside is cut.
            note: A few words beside it.
        """

    def check_cancelled(self) -> None:
        """Give way to a cancellation: call it now and then in long loops.

        Raises:
            JobCancelledError: Somebody wants the job to stop.
        """


class RunningContext(JobContext):
    """The context of a job that a worker runs.

    Args:
        claim: The attempt.
        tries: Most attempts.
        driver: Where progress is noted.
        clock: Time.
        tell: Hears of noted progress: fraction and note.
    """

    def __init__(
        self,
        claim: Claim,
        *,
        tries: int | None,
        driver: QueueDriver,
        clock: Clock,
        tell: Callable[[float, str], None],
    ) -> None:
        super().__init__(job_id=claim.id, name=claim.new.name, attempt=claim.attempt, tries=tries)
        self._token = claim.token
        self._driver = driver
        self._clock = clock
        self._tell = tell
        self._next_report = self._next_look = clock.monotonic()

    def progress(self, fraction: float, note: str = "") -> None:
        """Note it in the store and tell the app; at most ten times a second, and always the end."""
        fraction = min(1.0, max(0.0, float(fraction)))
        now = self._clock.monotonic()
        if now < self._next_report and fraction < 1.0:
            return
        self._next_report = now + _REPORT_EVERY
        note = note.encode("utf-8", "backslashreplace").decode()  # an odd file name is no reason to fail
        # A store that cannot be written now (its disk is full) must not cost the job an attempt.
        with suppress(StoreError):
            if self._driver.set_progress(self.id, token=self._token, progress=fraction, note=note):
                self._tell(fraction, note)

    def check_cancelled(self) -> None:
        """Look into the store, at most twice a second: a cancellation may come from any process."""
        now = self._clock.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY
        try:
            job = self._driver.find(self.id)
        except StoreError:
            return  # nobody can be heard now; the next look is soon
        if job is None or job.cancel_requested or job.token != self._token:
            raise JobCancelledError(f"job {self.name} ({self.id}) is to stop")


_DETACHED: Final = JobContext()

current: Final[ContextVar[JobContext]] = ContextVar("native_runtime_job", default=_DETACHED)
"""The context of whatever runs in this thread or task."""


def current_job() -> JobContext:
    """The job that runs here; outside of a job a detached context that takes everything and tells nobody."""
    return current.get()
