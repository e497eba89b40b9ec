"""Tells what became of jobs, once it is stored and not before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from native_runtime.errors import StoreError
from native_runtime.queue.driver import Finish, Release
from native_runtime.queue.state import JobState
from native_runtime.queue.step_news import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.queue.attempt import Attempts, Report
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.hand import Hand
    from native_runtime.queue.job import Claim
    from native_runtime.queue.voice import Voice


class Herald:
    """Speaks for a worker, from whichever of its threads has settled something.

    Args:
        driver: The store.
        voice: Tells the app, if there is one.
        hand: The worker's claims.
        attempts: Runs them, or skips those that nobody needs any more.
    """

    def __init__(self, *, driver: QueueDriver, voice: Voice, hand: Hand, attempts: Attempts) -> None:
        self._driver = driver
        self._voice = voice
        self._hand = hand
        self._attempts = attempts

    def have_settled(
        self, reports: Sequence[Report], settled: Sequence[bool], claims: Sequence[Claim] = ()
    ) -> None:
        """Tell what was settled, and what the store has done by itself.

        Args:
            reports: Of the attempts.
            settled: Which of them still held their claims.
            claims: What was claimed in the same step.
        """
        ended = [
            report
            for report, was_held in zip(reports, settled, strict=False)
            if was_held and not self._is_cancelled(report)  # who hears of it finds it in the store
        ]
        self._voice.ended(ended)
        for report in ended:
            if isinstance(report.settlement, Finish) and report.settlement.then:
                self._voice.dispatched([(each.id, each) for each in report.settlement.then])
        if reports or not claims:  # a step that has only claimed has done nothing by itself
            self._tell_of_steps()
        freed = [report.claim.new.queue for report in reports if report.claim.is_limited]
        if freed and not any(claim.new.queue in freed for claim in claims):
            self._voice.waiting(freed)  # one that was not free to run beside these may run now, elsewhere

    def _is_cancelled(self, report: Report) -> bool:
        """Whether a job that was put back is over all the same: what the step has done tells of that."""
        if not isinstance(report.settlement, Release):
            return False
        try:
            job = self._driver.find(report.claim.id)
        except StoreError:
            return False
        return job is not None and job.state is JobState.CANCELLED

    def _tell_of_steps(self) -> None:
        try:
            tell(
                self._driver.batches.take_news(),
                rang=self._voice.dispatched,
                cancelling=self._voice.cancelling,
                cancelled=self._voice.cancelled,
                ended=self._voice.batch_ended,
                unneeded=self._skip,
            )
        except StoreError as error:
            complain(error)  # the next settlement tells

    def _skip(self, job_ids: Sequence[str]) -> None:
        for job_id in self._hand.waiting_of(job_ids):
            self._attempts.cancel(job_id)


def complain(error: StoreError) -> None:
    """Say what the store cannot do, in the worker's own output."""
    print(f"queue:work: {error}", file=sys.stderr, flush=True)  # noqa: T201 - the worker's own output
