"""`FakeQueue`: takes what is dispatched, runs nothing, and can be asked what was wanted."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.queue import Queue
from native_runtime.testing.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from native_runtime.queue.job import NewJob
    from native_runtime.queue.job_function import JobFunction

    AnyJob = JobFunction[..., Any, Any]
    Where = Callable[..., object]

LONGEST_WAIT: Final = (
    24 * 3600.0
)  # seconds of the fake clock after which `result()` without timeout is told off


class _TimelessQueue(Queue):
    """Who waits for a result here lets the fake clock run on instead, so that a timeout comes at once."""

    def __init__(self, *, driver: MemoryDriver, clock: FakeClock, rang: Callable[..., None]) -> None:
        super().__init__(driver=driver, clock=clock, rang=rang)
        self._time = clock
        self._waited = 0.0

    def wait_for_news(self, seen: int, timeout: float) -> None:
        """Nothing will come: let the time pass."""
        del seen
        self._waited += timeout
        if self._waited > LONGEST_WAIT:
            raise TimeoutError(
                "nobody runs jobs in this test, so this result will never come; give it a timeout"
            )
        self._time.advance(timeout)


class FakeQueue:
    """A queue in memory that nobody works off.

    Arguments are checked and encoded as for a real store, so what would be refused there is refused here.

    Attributes:
        driver: The store.
        clock: Time; it also runs on while somebody waits for a result.
    """

    def __init__(self, *, clock: FakeClock | None = None) -> None:
        self.clock: Final = clock or FakeClock()
        self.driver: Final = MemoryDriver()
        self._dispatched: list[NewJob] = []
        self._queue = _TimelessQueue(driver=self.driver, clock=self.clock, rang=self._dispatched.extend)

    @contextmanager
    def as_current(self) -> Iterator[FakeQueue]:
        """Inside the block jobs are dispatched to this fake."""
        before = CURRENT.peek()
        CURRENT.put(self._queue)
        try:
            yield self
        finally:
            CURRENT.clear(self._queue)
            if before is not None:
                CURRENT.put(before)

    def dispatched(self, job: AnyJob) -> list[dict[str, Any]]:
        """The arguments of each dispatch of `job` by name, defaults included, oldest first."""
        return [_arguments(job, stored) for stored in self._dispatched if stored.name == job.name]

    def assert_dispatched(self, job: AnyJob, times: int | None = None, where: Where | None = None) -> None:
        """The job was dispatched.

        Args:
            job: The job.
            times: Exactly so often; None is at least once.
            where: Called with the arguments of each dispatch by name; only those count for which it is true.

        Raises:
            AssertionError: It was not; tells what was.
        """
        found = self._count(job, where)
        if found != times if times is not None else found == 0:
            wanted = "at least once" if times is None else f"{times} times"
            raise AssertionError(
                f"expected {job.name} to be dispatched {wanted}{_restriction(where)}, got {found}; {self._account(job)}"
            )

    def assert_not_dispatched(self, job: AnyJob, where: Where | None = None) -> None:
        """The job was not dispatched; with `where`, not with such arguments."""
        found = self._count(job, where)
        if found:
            raise AssertionError(
                f"expected {job.name} not to be dispatched{_restriction(where)}, got {found}; {self._account(job)}"
            )

    def assert_nothing_dispatched(self) -> None:
        """No job was dispatched at all."""
        if self._dispatched:
            names = ", ".join(stored.name for stored in self._dispatched)
            raise AssertionError(f"expected nothing to be dispatched, got {len(self._dispatched)}: {names}")

    def _count(self, job: AnyJob, where: Where | None) -> int:
        return sum(where is None or bool(where(**arguments)) for arguments in self.dispatched(job))

    def _account(self, job: AnyJob) -> str:
        """What there is instead: other arguments of this job, else other jobs."""
        if calls := self.dispatched(job):
            return f"dispatched with: {'; '.join(map(str, calls))}"
        return f"dispatched: {', '.join(stored.name for stored in self._dispatched) or 'nothing'}"


def _arguments(job: AnyJob, stored: NewJob) -> dict[str, Any]:
    args, kwargs = job.payloads.decode(stored.payload)
    bound = inspect.signature(job.function).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.arguments


def _restriction(where: Where | None) -> str:
    return "" if where is None else " with arguments that `where` accepts"
