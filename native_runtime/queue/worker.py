"""The loop of a worker: take a job, run it, settle it and take the next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from native_runtime.errors import StoreError
from native_runtime.queue.bell import Bell
from native_runtime.queue.driver import Ack, Finish, Release
from native_runtime.queue.hand import Hand
from native_runtime.queue.herald import Herald, complain
from native_runtime.queue.recycling import PATIENCE, Leaving
from native_runtime.queue.scoreboard import ScoreboardReading
from native_runtime.queue.stride import next_stride
from native_runtime.queue.verdict import Quit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.clock import Clock
    from native_runtime.queue.attempt import Attempts, Report
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Claim
    from native_runtime.queue.options import WorkOptions
    from native_runtime.queue.recycling import Recycling
    from native_runtime.queue.scoreboard import Scoreboard
    from native_runtime.queue.voice import Voice
    from native_runtime.queue.watchdog import Watchdog

MEMORY_EXIT_CODE: Final = 12
_QUICK: Final = 0.001  # seconds; a job that took less cannot have grown this process by much
_STORE_PAUSE: Final = 1.0  # seconds before a store that failed is asked again


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
        recycling: When it has lived long enough.
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
        recycling: Recycling,
        watchdog: Watchdog | None = None,
    ) -> None:
        self.id = worker_id
        self._options = options
        self._driver = driver
        self._clock = clock
        self._attempts = attempts
        self._board = board
        self._voice = voice
        self._recycling = recycling
        self._watchdog = watchdog
        self._bell = Bell()
        self._curfew = Bell()
        self._is_draining = False
        self._started = clock.monotonic()
        self._pid = pid
        self._hand = Hand(self._try_to_give_away)
        self._herald = Herald(driver=driver, voice=voice, hand=self._hand, attempts=attempts)
        self._stride = 1
        self._dealt_at = (0, self._started)  # attempts so far, and when
        self._attempted = 0
        self._is_worth_a_look = False
        self._is_owing = False  # an end that the board does not list could not be settled
        self._has_failed = False  # the last step to the store
        self._never = threading.Event()

    def ring(self) -> None:
        """A job may wait: look now. From any thread."""
        self._bell.ring()

    def drain(self) -> None:
        """Finish the job in hand, then leave. From any thread, or a signal handler."""
        self._is_draining = True
        self._curfew.ring()
        self._bell.ring()

    def stay(self) -> None:
        """Work on, though a fresh worker was asked for: none could be had. From any thread."""
        self._recycling.stay()
        self._curfew.ring()

    @property
    def is_draining(self) -> bool:
        """True once it was asked to leave."""
        return self._is_draining

    def run(self) -> int:
        """Work. Returns the exit code.

        Raises:
            StoreError: The last job could not be settled before leaving.
        """
        try:
            leaving = self._work()
        except Quit:
            self._try_to_give_away()
            raise
        self._give_away()
        # Brought back at once, it would find nothing again, and again: that is what `sleep` is for.
        self._voice.leaving(leaving, back_in=self._options.sleep if leaving is Leaving.EMPTY else 0.0)
        return MEMORY_EXIT_CODE if leaving is Leaving.MEMORY else 0

    def _work(self) -> Leaving:
        while (leaving := self._reason_to_leave()) is None:
            if not self._recycling.takes_jobs(self._attempted):
                if (leaving := self._wait_for_relief()) is not None:
                    break
                continue
            claim = (None if self._is_owing else self._hand.play()) or self._next()
            if claim is not None:
                self._perform(claim)
            elif self._has_failed:
                continue  # nothing came because the store failed: ask again, neither idle nor done
            elif (leaving := self._reason_when_empty()) is not None:
                break
            else:
                self._wait()
        return leaving

    def _reason_to_leave(self) -> Leaving | None:
        was_job, self._is_worth_a_look = self._is_worth_a_look, False
        return self._recycling.reason_to_leave(
            self._attempted, is_draining=self._is_draining, was_job=was_job
        )

    def _wait_for_relief(self) -> Leaving | None:
        """Take nothing more: a fresh worker is on its way."""
        self._try_to_give_away()
        self._note("idle")
        if self._curfew.wait(PATIENCE):
            return None  # it has come, or none will for now
        return self._recycling.give_up_waiting()

    def _reason_when_empty(self) -> Leaving | None:
        return Leaving.EMPTY if self._options.once or self._options.stop_when_empty else None

    def _next(self) -> Claim | None:
        """Settle what is done, claim what comes next, and play the first of it."""
        self._has_failed = False
        try:
            if self._is_owing:
                self._settle()
                self._is_owing = False
                if self._hand.has_waiting:
                    return self._hand.play()
            if self._hand.has_done and self._options.rest > 0:
                self._settle()
                if self._curfew.wait(self._options.rest):
                    return None
            self._attempts.forget_cancellations()  # before the look, too: one that comes now may be for what it finds
            self._bell.hush()  # before the look: a ring during it is not lost
            self._hand.deal(self._exchange())
        except StoreError as error:
            complain(error)
            self._has_failed = True
            self._curfew.wait(_STORE_PAUSE)
        return None if self._is_owing else self._hand.play()

    def _exchange(self) -> Sequence[Claim]:
        with self._hand.settling:
            reports = self._hand.take_done()
            try:
                settled, claims = self._driver.exchange(
                    [report.settlement for report in reports],
                    self._options.queues,
                    worker=self.id,
                    limit=self._most(),
                    now=self._clock.epoch(),
                )
            except BaseException:
                self._hand.take_back(reports)
                raise
            self._board.settled()
        self._herald.have_settled(reports, settled, claims)
        return claims

    def _most(self) -> int:
        """How many jobs to claim."""
        options, now = self._options, self._clock.monotonic()
        jobs, seconds = self._attempted - self._dealt_at[0], now - self._dealt_at[1]
        self._dealt_at = (self._attempted, now)
        if options.once or options.rest > 0:
            return 1
        self._stride = next_stride(self._stride, jobs=jobs, seconds=seconds)
        return self._recycling.most(self._stride, self._attempted)

    def _settle(self) -> None:
        """Settle what is done, whatever waits in the hand."""
        with self._hand.settling:
            reports = self._hand.take_done()
            try:
                settled = self._driver.settle(
                    [report.settlement for report in reports], now=self._clock.epoch()
                )
            except BaseException:
                self._hand.take_back(reports)
                raise
            self._board.settled()
        self._herald.have_settled(reports, settled)

    def _give_away(self) -> None:
        """Settle what is done, and give back what was not begun.

        The board keeps its list: the main thread may be adding to it.
        """
        with self._hand.settling:
            now = self._clock.epoch()
            reports, claims = self._hand.take_done(), self._hand.take_waiting()
            back = [Release(job_id=claim.id, token=claim.token, at=now, give_back=True) for claim in claims]
            try:
                settled = self._driver.settle([*(report.settlement for report in reports), *back], now=now)
            except BaseException:
                self._hand.take_back(reports, claims)
                raise
            # Told before the main thread may go on, and perhaps leave.
            self._herald.have_settled(reports, settled)
            if claims:
                self._voice.waiting([claim.new.queue for claim in claims])

    def _try_to_give_away(self) -> None:
        try:
            self._give_away()
        except StoreError as error:
            complain(error)
            self._never.wait(_STORE_PAUSE)

    def _perform(self, claim: Claim) -> None:
        timeout = self._attempts.timeout_of(claim)
        self._voice.busy()
        started = self._clock.monotonic()
        self._note("busy", claim, started=started, timeout=timeout)
        self._voice.started(claim)
        self._voice.speaks_for(claim)
        if self._watchdog is not None:
            self._watchdog.watch(claim, timeout)
        report = self._attempts.run(claim)
        if self._watchdog is not None:
            self._watchdog.release()
        self._has_run(report, started=started, timeout=timeout)

    def _has_run(self, report: Report, *, started: float, timeout: float) -> None:
        claim, settlement = report.claim, report.settlement
        self._attempted += 1
        if report.failure is None:
            self._board.succeeded.add(report.runtime)
        elif _has_failed(report):
            self._board.failed.add(report.runtime)
        self._hand.lay_down(report)
        # What follows a job is stored with its end and not later, so such an end is settled at once.
        is_listed = (
            isinstance(settlement, Ack)
            and not settlement.then
            and self._board.finished(claim.id, claim.token, settlement.result, report.runtime)
        )
        is_last = not self._hand.has_waiting
        self._is_worth_a_look = is_last or report.runtime >= _QUICK
        if is_last or not is_listed:
            # The job is over: neither a rest nor a store that fails may now count as its time.
            self._note("settling", claim, started=started, timeout=timeout)
        if not is_last and not is_listed:
            try:
                self._settle()  # now: nobody could settle it for a worker that dies at the next one
            except StoreError as error:
                complain(error)
                self._is_owing = True  # nothing more is played until it is paid

    def _note(
        self, state: str, claim: Claim | None = None, *, started: float = 0.0, timeout: float = 0.0
    ) -> None:
        attempt, token, job_id, job = (
            (0, 0, "", "") if claim is None else (claim.attempt, claim.token, claim.id, claim.new.name)
        )
        self._board.note(
            ScoreboardReading(self._pid, state, attempt, token, started, timeout, self.id, job_id, job)
        )

    def _wait(self) -> None:
        self._note("idle")
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
        if (left := self._recycling.seconds_left()) is not None:
            pauses.append(left)
        return max(0.0, min(pauses))


def _has_failed(report: Report) -> bool:
    """Whether an attempt counts as failed: not if it was given back, or somebody cancelled it."""
    match report.settlement:
        case Release(give_back=give_back):
            return not give_back
        case Finish(outcome=outcome):
            return outcome.is_failure
    return False
