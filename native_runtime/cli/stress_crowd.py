"""Many jobs that only leave a trace: dispatched, waited for, counted, and removed again."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from native_runtime.queue.driver import JobFilter
from native_runtime.queue.state import JobState
from native_runtime.queue.stress import leave_trace, runs_by_number, traces_in

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from native_runtime.clock import Clock
    from native_runtime.queue.driver import QueueDriver

AT_ONCE: Final = 5_000  # jobs dispatched, or asked about, in one step
LOOK_EVERY: Final = 0.02  # seconds
FAILURES: Final = tuple(state for state in JobState if state.is_failure)
OPEN: Final = tuple(state for state in JobState if not state.is_over)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of the jobs.

    Attributes:
        dispatched: How many there were.
        executed: How many have run at least once.
        failed: How many ended without success.
        duplicates: Runs beyond the first of each.
        leftovers: How many were not over when the patience was.
        dispatch_seconds: Until all were stored.
        wait_seconds: From then until the first was seen to have run: workers that sleep look every few seconds.
        seconds: From then until the last was.
        jobs_per_second: Jobs that have run, by those last seconds.
    """

    dispatched: int
    executed: int
    failed: int
    duplicates: int
    leftovers: int
    dispatch_seconds: float
    wait_seconds: float
    seconds: float
    jobs_per_second: float

    @property
    def is_good(self) -> bool:
        """Every job has run once, and well."""
        return self.executed == self.dispatched and not (self.failed or self.duplicates or self.leftovers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Monotonic seconds: before the first dispatch, after the last, and when the first and last run were seen."""

    begun: float
    stored: float
    first: float
    last: float


def report_of(runs: Counter[int], *, dispatched: int, failed: int, leftovers: int, times: Times) -> Report:
    """Count. Pure.

    Args:
        runs: How often the job of each number has run.
        dispatched: How many jobs there were.
        failed: How many ended without success.
        leftovers: How many were not over.
        times: When what happened.
    """
    # What was seen at the first look has run before it, but hardly more than one look before.
    running = times.last - times.first + LOOK_EVERY if runs else 0.0
    return Report(
        dispatched=dispatched,
        executed=len(runs),
        failed=failed,
        duplicates=runs.total() - len(runs),
        leftovers=leftovers,
        dispatch_seconds=round(times.stored - times.begun, 3),
        wait_seconds=round(times.first - times.stored, 3),
        seconds=round(running, 3),
        jobs_per_second=round(len(runs) / running, 1) if running else 0.0,
    )


class Crowd:
    """Jobs of one queue. The store has to be the current one, so that they can be dispatched.

    Args:
        driver: The store.
        folder: Where they leave their traces.
        queue: Where they go.
        clock: Time.
    """

    def __init__(self, driver: QueueDriver, *, folder: Path, queue: str, clock: Clock) -> None:
        self._driver = driver
        self._folder = folder
        self._queue = queue
        self._clock = clock
        self._ids: list[str] = []

    def run(self, count: int, *, size: int, patience: float, advance: Callable[[int], None]) -> Report:
        """Dispatch, wait, count, and leave nothing behind.

        Args:
            count: Jobs.
            size: Bytes that each carries.
            patience: Seconds in which none runs, until the rest is given up.
            advance: Called with the number of runs so far.
        """
        begun = self._clock.monotonic()
        try:
            self._dispatch(count, "x" * size)
            stored = self._clock.monotonic()
            first, last = self._wait(patience, advance)
            failed, leftovers = self._count(FAILURES), self._count(OPEN)
        finally:
            self._remove()
        return report_of(
            runs_by_number(self._folder),
            dispatched=count,
            failed=failed,
            leftovers=leftovers,
            times=Times(begun=begun, stored=stored, first=first, last=last),
        )

    def _dispatch(self, count: int, ballast: str) -> None:
        trace = leave_trace.options(queue=self._queue)
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, count))
            handles = trace.dispatch_many((self._folder, number, ballast) for number in numbers)
            self._ids += [handle.id for handle in handles]

    def _wait(self, patience: float, advance: Callable[[int], None]) -> tuple[float, float]:
        """Until all are over, or none has run for `patience` seconds. Returns when the first and the last had run."""
        seen, since = 0, self._clock.monotonic()
        first = since
        pause = threading.Event()
        while True:
            if (runs := traces_in(self._folder)) != seen:
                since = self._clock.monotonic()
                first = first if seen else since
                seen = runs
                advance(seen)
            # The store is asked only while nothing moves: it has better things to do until then.
            elif self._clock.monotonic() - since > patience or not self._count(OPEN):
                return first, since
            pause.wait(LOOK_EVERY)

    def _remove(self) -> None:
        for ids in self._pages():
            self._driver.forget(JobFilter(ids=ids, states=tuple(JobState)))
            for job in self._driver.select(JobFilter(ids=ids, limit=AT_ONCE)):  # what runs cannot be deleted
                self._driver.request_cancel(job.id, now=self._clock.epoch())

    def _count(self, states: tuple[JobState, ...]) -> int:
        return sum(self._driver.count(JobFilter(ids=ids, states=states)) for ids in self._pages())

    def _pages(self) -> Iterator[tuple[str, ...]]:
        for first in range(0, len(self._ids), AT_ONCE):
            yield tuple(self._ids[first : first + AT_ONCE])
