"""`SyncQueue`: runs what is dispatched at once and in the calling process, as a worker would."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from native_runtime.errors import JobCancelledError
from native_runtime.queue.attempt import Attempts
from native_runtime.queue.driver import Finish, JobFilter, Release
from native_runtime.queue.failed import failed_filter, failed_job
from native_runtime.queue.interrupter import Interrupter
from native_runtime.queue.queue import Queue
from native_runtime.queue.retry import Defaults
from native_runtime.queue.state import JobState
from native_runtime.queue.verdict import Quit
from native_runtime.testing.queue import FakeQueue, TimelessQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime.clock import Clock
    from native_runtime.queue.attempt import Report
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.failed import FailedJob
    from native_runtime.queue.job import Claim, Job, NewJob
    from native_runtime.queue.retry import Failure
    from native_runtime.testing.clock import FakeClock

MOST_ATTEMPTS: Final = 1_000  # of one job; whatever needs more than that puts itself back for ever
_WAITING: Final = (JobState.READY, JobState.DELAYED)
_WORKER: Final = "sync"
_OURS: Final = (
    Exception,
    SystemExit,
    Quit,
)  # what leaves a job as its failure; anything else is meant for the test


class SyncQueue(FakeQueue):
    """A queue in memory whose jobs are over when `dispatch` returns.

    Jobs run one after the other, as one worker would run them, with the pipeline of a real attempt: arguments and
    results pass through storage, middleware, retries, `on_failure`, chains and batches. What a job dispatches runs
    after it. Where the next attempt is due later, the fake clock moves there. Timeouts are not enforced.

    Attributes:
        driver: The store.
        clock: Time.
    """

    def __init__(self, *, clock: FakeClock | None = None) -> None:
        super().__init__(clock=clock)
        self._working = threading.Lock()
        self._thread: int | None = None  # that runs jobs now
        self._interrupter: Interrupter | None = None

    def work(self) -> None:
        """Run what waits, and what follows it, until nothing does: for a queue that was paused, or a retried job.

        Where another thread runs jobs already, that one runs these too, and this returns at once.

        Raises:
            BaseException: What left a job and is no failure of it, such as `pytest.fail` or a KeyboardInterrupt.
            RuntimeError: A job was put back for ever.
        """
        # Looked at again after each round: another thread may have left something behind in its last moment.
        while self._queues() and self._working.acquire(blocking=False):
            try:
                self._thread = threading.get_ident()
                if not self._work_off():
                    break
            finally:
                self._thread = self._interrupter = None
                self._working.release()

    @property
    def failed(self) -> list[FailedJob]:
        """The jobs that failed for good, newest first."""
        which = failed_filter()
        return [failed_job(job) for job in self.driver.select(replace(which, limit=self.driver.count(which)))]

    def assert_none_failed(self) -> None:
        """No job failed for good.

        Raises:
            AssertionError: Some did; tells which, with their tracebacks.
        """
        if failed := self.failed:
            told = "\n".join(f"{job.job} ({job.outcome}): {job.error}\n{job.traceback}" for job in failed)
            raise AssertionError(f"expected no job to fail, got {len(failed)}:\n{told}")

    @property
    def is_worked_elsewhere(self) -> bool:
        """True if another thread runs jobs now."""
        return self._thread not in {None, threading.get_ident()}

    @property
    def is_worked_here(self) -> bool:
        """True inside of a job."""
        return self._thread == threading.get_ident()

    def _make_queue(self) -> TimelessQueue:
        return _PatientQueue(self, rang=self._note, cancelling=self._cancel)

    def _note(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        super()._note(jobs)
        self.work()

    def _cancel(self, job: Job) -> None:
        interrupter = self._interrupter
        if interrupter is not None:
            interrupter.interrupt(job.id, JobCancelledError)

    def _work_off(self) -> bool:
        """Run jobs until none waits. False if none could be."""
        self._interrupter = Interrupter()
        attempts = _Attempts(driver=self.driver, clock=self.clock, interrupter=self._interrupter)
        has_run = False
        while (claims := self._claim()) or self._let_time_pass():
            for claim in claims:
                has_run = True
                self._settle(attempts.run(claim))
                attempts.let_out()
        return has_run

    def _claim(self) -> list[Claim]:
        return self.driver.claim(self._queues(), worker=_WORKER, limit=1, now=self.clock.epoch())

    def _let_time_pass(self) -> bool:
        """Move the clock to when the next job is due. False if none will be."""
        due = self.driver.next_due(self._queues())
        if due is not None:
            self.clock.advance(max(0.0, due - self.clock.epoch()))
        return due is not None

    def _settle(self, report: Report) -> None:
        settlement = report.settlement
        self.driver.settle([settlement], now=self.clock.epoch())
        follows = settlement.then if isinstance(settlement, Finish) else ()
        super()._note([(each.id, each) for each in follows])
        self._queue.tell_of_steps()
        self._queue.tell_news()
        if isinstance(settlement, Release) and report.claim.token >= MOST_ATTEMPTS:
            self.driver.request_cancel(report.claim.id, now=self.clock.epoch())
            raise RuntimeError(
                f"job {report.claim.new.name} ({report.claim.id}) was put back {MOST_ATTEMPTS} times, "
                f"for the last time by: {settlement.error or 'no error'}"
            )

    def _queues(self) -> list[str]:
        """Those that are open and where something waits, the longest waiting first."""
        closed = {each.name for each in self.driver.counts(now=self.clock.epoch()) if each.paused}
        which = JobFilter(states=_WAITING)
        waiting = self.driver.select(replace(which, limit=self.driver.count(which)))
        queues = dict.fromkeys(job.new.queue for job in reversed(waiting))
        return [queue for queue in queues if queue not in closed]


class _PatientQueue(TimelessQueue):
    """Who waits here for a job that another thread runs really waits."""

    def __init__(
        self,
        fake: SyncQueue,
        *,
        rang: Callable[[Sequence[tuple[str, NewJob]]], None],
        cancelling: Callable[[Job], None],
    ) -> None:
        super().__init__(driver=fake.driver, clock=fake.clock, rang=rang)
        self.cancelling = cancelling
        self._fake = fake

    def wait_for_news(self, seen: int, timeout: float) -> None:
        """Wait for the other thread, or let the time pass."""
        if self._fake.is_worked_elsewhere:
            Queue.wait_for_news(self, seen, timeout)
        elif self._fake.is_worked_here:
            raise TimeoutError(
                "a job waits here for another, which runs only after it: use `chain` or `batch(then=…)`"
            )
        else:
            super().wait_for_news(seen, timeout)


class _Attempts(Attempts):
    """Keeps what leaves a job and is meant for the test and not for the job."""

    def __init__(self, *, driver: QueueDriver, clock: Clock, interrupter: Interrupter) -> None:
        super().__init__(
            driver=driver,
            clock=clock,
            interrupter=interrupter,
            defaults=Defaults(),
            tell_progress=lambda _claim, _fraction, _note: None,
        )
        self._kept: BaseException | None = None

    def let_out(self) -> None:
        """Raise it."""
        kept, self._kept = self._kept, None
        if kept is not None:
            raise kept

    def _failure(self, claim: Claim, error: BaseException) -> Failure:
        if not isinstance(error, _OURS):
            self._kept = error
        return super()._failure(claim, error)
