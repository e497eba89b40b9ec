"""The loop of a worker: take a job, run it, settle it and take the next."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from native_runtime.errors import StoreError
from native_runtime.queue.bell import Bell
from native_runtime.queue.scoreboard import ScoreboardReading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime.clock import Clock
    from native_runtime.queue.attempt import Attempts, Report
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Claim
    from native_runtime.queue.options import WorkOptions
    from native_runtime.queue.scoreboard import Scoreboard
    from native_runtime.queue.voice import Voice
    from native_runtime.queue.watchdog import Watchdog

MEGABYTE: Final = 1024 * 1024
MEMORY_EXIT_CODE: Final = 12
_STORE_PAUSE: Final = 1.0  # seconds before a store that failed is asked again


class Leaving(StrEnum):
    """Why a worker leaves; all but MEMORY with exit code 0."""

    DRAINED = "drained"
    MEMORY = "memory"
    MAX_JOBS = "max_jobs"
    MAX_TIME = "max_time"
    EMPTY = "empty"
    ONCE = "once"


class Worker:
    """Runs jobs in the main thread until there is a reason to leave.

    Args:
        worker_id: Under which it claims.
        pid: Its own.
        options: How it works.
        driver: The store.
        clock: Time.
        attempts: Runs the jobs.
        board: Where it notes what it does.
        voice: Tells the app, if there is one.
        resident: Tells its resident bytes.
        watchdog: Enforces timeouts where no app does; None where one does.
    """

    def __init__(
        self,
        *,
        worker_id: str,
        pid: int,
        options: WorkOptions,
        driver: QueueDriver,
        clock: Clock,
        attempts: Attempts,
        board: Scoreboard,
        voice: Voice,
        resident: Callable[[], int],
        watchdog: Watchdog | None = None,
    ) -> None:
        self.id = worker_id
        self._options = options
        self._driver = driver
        self._clock = clock
        self._attempts = attempts
        self._board = board
        self._voice = voice
        self._resident = resident
        self._watchdog = watchdog
        self._bell = Bell()
        self._curfew = Bell()
        self._is_draining = False
        self._started = clock.monotonic()
        self._note = ScoreboardReading(pid=pid, worker=worker_id)
        self._attempted = 0
        self._unsettled: Report | None = None

    def ring(self) -> None:
        """A job may wait: look now. From any thread."""
        self._bell.ring()

    def drain(self) -> None:
        """Finish the job in hand, then leave. From any thread, or a signal handler."""
        self._is_draining = True
        self._curfew.ring()
        self._bell.ring()

    @property
    def is_draining(self) -> bool:
        """True once it was asked to leave."""
        return self._is_draining

    def run(self) -> int:
        """Work. Returns the exit code.

        Raises:
            StoreError: The last job could not be settled before leaving.
        """
        while (leaving := self._reason_to_leave()) is None:
            claim = self._next()
            if claim is not None:
                self._perform(claim)
            elif self._unsettled is not None:
                continue  # nothing came because the store failed: ask again, neither idle nor done
            elif (leaving := self._reason_when_empty()) is not None:
                break
            else:
                self._wait()
        self._settle()
        self._voice.leaving(leaving)
        return MEMORY_EXIT_CODE if leaving is Leaving.MEMORY else 0

    def _reason_to_leave(self) -> Leaving | None:
        options = self._options
        if self._attempted:
            if options.memory and self._resident() > options.memory * MEGABYTE:
                return Leaving.MEMORY
            if options.once:
                return Leaving.ONCE
            if options.max_jobs is not None and self._attempted >= options.max_jobs:
                return Leaving.MAX_JOBS
        if self._is_draining:
            return Leaving.DRAINED
        if options.max_time is not None and self._clock.monotonic() - self._started >= options.max_time:
            return Leaving.MAX_TIME
        return None

    def _reason_when_empty(self) -> Leaving | None:
        if self._options.once:
            return Leaving.ONCE
        return Leaving.EMPTY if self._options.stop_when_empty else None

    def _next(self) -> Claim | None:
        try:
            if self._unsettled is not None and self._options.rest > 0:
                self._settle()
                if self._curfew.wait(self._options.rest):
                    return None
            self._bell.hush()  # before the look: a ring during it is not lost
            claims = self._exchange()
        except StoreError as error:
            print(f"queue:work: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the worker's own output
            self._curfew.wait(_STORE_PAUSE)
            return None
        return claims[0] if claims else None

    def _exchange(self) -> Sequence[Claim]:
        report = self._unsettled
        settlements = [] if report is None else [report.settlement]
        settled, claims = self._driver.exchange(
            settlements, self._options.queues, worker=self.id, limit=1, now=self._clock.epoch()
        )
        self._has_settled(settled)
        return claims

    def _settle(self) -> None:
        if self._unsettled is not None:
            self._has_settled(self._driver.settle([self._unsettled.settlement], now=self._clock.epoch()))

    def _has_settled(self, settled: Sequence[bool]) -> None:
        report, self._unsettled = self._unsettled, None
        if report is not None and settled[0]:  # told only now: who hears of it finds it in the store
            self._voice.ended(report)

    def _perform(self, claim: Claim) -> None:
        timeout = self._attempts.timeout_of(claim)
        self._voice.busy()
        note = self._note._replace(
            state="busy",
            attempt=claim.attempt,
            token=claim.token,
            started=self._clock.monotonic(),
            timeout=timeout,
            job_id=claim.id,
            job=claim.new.name,
        )
        self._board.note(note)
        self._voice.started(claim)
        if self._watchdog is not None:
            self._watchdog.watch(claim, timeout)
        report = self._attempts.run(claim)
        if self._watchdog is not None:
            self._watchdog.release()
        # The job is over: neither a rest nor a store that fails may now count as its time.
        self._board.note(note._replace(state="settling"))
        self._count(report)

    def _count(self, report: Report) -> None:
        self._unsettled = report
        self._attempted += 1
        has_failed = report.failure is not None
        self._note = self._note._replace(
            done=self._note.done + (not has_failed), failed=self._note.failed + has_failed
        )

    def _wait(self) -> None:
        self._board.note(self._note._replace(state="idle"))
        self._voice.idle()
        if not self._is_draining:  # its ring may have been cleared before the look
            self._bell.wait(self._pause())

    def _pause(self) -> float:
        """Seconds until there may be something to do without a ring."""
        options = self._options
        pauses = [options.sleep]
        try:
            due = self._driver.next_due(options.queues)
        except StoreError:
            due = None  # said when the next look fails too
        if due is not None:
            pauses.append(due - self._clock.epoch())
        if options.max_time is not None:
            pauses.append(self._started + options.max_time - self._clock.monotonic())
        return max(0.0, min(pauses))
