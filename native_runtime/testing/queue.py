"""`FakeQueue`: takes what is dispatched, runs nothing, and can be asked what was wanted."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from native_runtime.queue.batch import batch
from native_runtime.queue.chain import PREFIX, chain, links_of
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.queue import Queue
from native_runtime.testing.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from native_runtime.queue.job import NewJob
    from native_runtime.queue.job_function import JobFunction
    from native_runtime.queue.planned import PlannedJob
    from native_runtime.queue.signature import Signature

    AnyJob = JobFunction[..., Any, Any]
    Call = tuple[str, tuple[str, ...]]  # a job's name, and its arguments as text
    Where = Callable[..., object]

LONGEST_WAIT: Final = (
    24 * 3600.0
)  # seconds of the fake clock after which `result()` without timeout is told off


class TimelessQueue(Queue):
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
        self._queue = self._make_queue()

    def _make_queue(self) -> TimelessQueue:
        return TimelessQueue(driver=self.driver, clock=self.clock, rang=self._note)

    def _note(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        self._dispatched += [job for _id, job in jobs]

    @contextmanager
    def as_current(self) -> Iterator[Self]:
        """Inside the block jobs are dispatched to this fake."""
        with CURRENT.holding(self._queue):
            yield self

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

    def assert_chained(self, signatures: Sequence[Signature[Any]]) -> None:
        """A chain of exactly these jobs, with these arguments and in this order, was dispatched.

        Raises:
            AssertionError: It was not; tells which were.
        """
        wanted = [_call(each) for each in chain(*signatures).links]
        chains = [_chain_of(stored) for stored in self._dispatched if _begins_chain(stored)]
        if wanted not in chains:
            raise AssertionError(
                f"expected a chain of {_listed(wanted)}; chains: {'; '.join(map(_listed, chains)) or 'none'}"
            )

    def assert_batched(
        self, signatures: Iterable[Signature[Any]], *, then: Signature[Any] | None = None
    ) -> None:
        """A batch of exactly these jobs, with these arguments and in this order, was dispatched.

        Args:
            signatures: The jobs.
            then: What follows it; None is anything, or nothing.

        Raises:
            AssertionError: It was not; tells which were.
        """
        expected = batch(signatures, then=then)
        jobs, follower = [_call(each) for each in expected.jobs], _call_or_none(expected.then)
        found = [
            ([_stored_call(job) for job in each.jobs], _call_or_none(each.plan.then))
            for each in self.driver.batches.planned
        ]
        if not any(jobs == calls and follower in {None, after} for calls, after in found):
            told = "; ".join(_batch(calls, after) for calls, after in found)
            raise AssertionError(f"expected a batch of {_batch(jobs, follower)}; batches: {told or 'none'}")

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


def _call(planned: PlannedJob) -> Call:
    left_open = (f"{planned.open}=…",) if planned.open else ()
    return planned.name, (
        *(f"{name}={bytes(data).decode()}" for name, data in planned.args.items()),
        *left_open,
    )


def _call_or_none(planned: PlannedJob | None) -> Call | None:
    return None if planned is None else _call(planned)


def _stored_call(stored: NewJob) -> Call:
    args: dict[str, msgspec.Raw] = msgspec.json.decode(
        stored.payload, type=dict[str, dict[str, msgspec.Raw]]
    )["args"]
    return stored.name, tuple(f"{name}={bytes(data).decode()}" for name, data in args.items())


def _begins_chain(stored: NewJob) -> bool:
    return stored.id.startswith(PREFIX) and stored.id.endswith(":1")


def _chain_of(stored: NewJob) -> list[Call]:
    return [_stored_call(stored), *map(_call, links_of(stored))]


def _listed(calls: Sequence[Call]) -> str:
    return ", ".join(f"{name}({', '.join(args)})" for name, args in calls) or "nothing"


def _batch(calls: Sequence[Call], follower: Call | None) -> str:
    return _listed(calls) + (f", then {_listed([follower])}" if follower else "")


def _restriction(where: Where | None) -> str:
    return "" if where is None else " with arguments that `where` accepts"
