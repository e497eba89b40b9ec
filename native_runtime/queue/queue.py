"""The service behind dispatch: a store, a clock, and those who want to hear that something changed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from native_runtime.queue.state import JobState
from native_runtime.queue.step_news import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime.clock import Clock
    from native_runtime.queue.batch_record import NewBatch, StoredBatch
    from native_runtime.queue.driver import Pushed, QueueDriver
    from native_runtime.queue.job import Job, NewJob


def _nobody(_what: object) -> None:
    """Nobody wants to hear."""


class Queue:
    """What jobs are dispatched to. Safe from any thread.

    Args:
        driver: The store.
        clock: Where time comes from.
        rang: Called with the jobs that a dispatch has added and their ids, once they are durable; must return
            at once.
            An app publishes them and wakes its workers; a worker tells its app.
        cancelling: Called with a running job that somebody wants to cancel; must return at once.
        cancelled: Called with a waiting job that `cancel` has ended; must return at once.
        ended: Called with a batch that is over; must return at once.
    """

    def __init__(
        self,
        *,
        driver: QueueDriver,
        clock: Clock,
        rang: Callable[[Sequence[tuple[str, NewJob]]], None] = _nobody,
        cancelling: Callable[[Job], None] = _nobody,
        cancelled: Callable[[Job], None] = _nobody,
        ended: Callable[[StoredBatch], None] = _nobody,
    ) -> None:
        self.driver = driver
        self.clock = clock
        self.rang = rang
        self.cancelling = cancelling
        self.cancelled = cancelled
        self.ended = ended
        self._news = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def push(self, jobs: Sequence[NewJob]) -> list[Pushed]:
        """Store jobs, then ring for those that are new.

        Raises:
            ConflictError: An id exists with another name or payload; nothing is stored.
            StoreError: The store cannot be written.
        """
        pushed = self.driver.push(jobs, now=self.clock.epoch())
        if self.rang is not _nobody:
            fresh = [(stored.id, job) for stored, job in zip(pushed, jobs, strict=True) if stored.is_new]
            if fresh:
                self.rang(fresh)
        return pushed

    def cancel(self, job_id: str) -> Job | None:
        """Cancel a waiting job at once, ask a running one to stop. The job afterwards; None if unknown."""
        before = self.driver.find(job_id)
        now = self.clock.epoch()
        job = self.driver.request_cancel(job_id, now=now)
        if job is not None and not job.state.is_over:
            self.cancelling(job)
        elif job is not None and before is not None and _is_ended_by_this(before, job, now=now):
            self.cancelled(job)
        self.tell_of_steps()
        self.tell_news()
        return job

    def push_batch(self, batch: NewBatch) -> None:
        """Store a batch in one step, then ring for its jobs.

        Raises:
            StoreError: The store cannot be written.
        """
        pushed = self.driver.batches.push(batch, now=self.clock.epoch())
        if pushed:
            self.rang([(stored.id, job) for stored, job in zip(pushed, batch.jobs, strict=True)])
        self.tell_of_steps()

    def cancel_batch(self, batch_id: str) -> bool:
        """Cancel the waiting jobs of a batch at once, ask its running ones to stop. False if it was over already."""
        was_running = self.driver.batches.cancel(batch_id, now=self.clock.epoch())
        self.tell_of_steps()
        self.tell_news()
        return was_running

    def tell_of_steps(self) -> None:
        """Tell of what steps of the store have done by themselves: ring for jobs, stop others, say what is over."""
        tell(
            self.driver.batches.take_news(),
            rang=self.rang,
            cancelling=self.cancelling,
            cancelled=self.cancelled,
            ended=self.ended,
        )

    @property
    def is_closed(self) -> bool:
        """True once `close` was called."""
        return self._is_closed

    def close(self) -> None:
        """Wake those who wait for a result: nobody will tell them any more. Harmless twice.

        They raise NotConfiguredError. The store is left to whoever opened it, and must be closed after this.
        """
        self._is_closed = True
        self.tell_news()

    @property
    def news(self) -> int:
        """Grows with every `tell_news`."""
        return self._news

    def tell_news(self) -> None:
        """Wake those who wait for a result: some job has ended."""
        with self._changed:
            self._news += 1
            self._changed.notify_all()

    def wait_for_news(self, seen: int, timeout: float) -> None:
        """Wait until `news` is no longer `seen`, but at most `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._news != seen, timeout)


def _is_ended_by_this(before: Job, after: Job, *, now: float) -> bool:
    """Whether the request made at `now` has ended the job, and not somebody else's or its worker."""
    return not before.state.is_over and after.state is JobState.CANCELLED and after.finished_at == now
