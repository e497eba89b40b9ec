"""`chain(…)`: jobs that run one after the other, each with the result of the one before.

Only the first is stored at once. What follows travels in its `meta`, and each next one is stored in the step that
ends the one before: it is lost by no crash, and stored twice by none.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from native_runtime.errors import UnknownNameError
from native_runtime.events import current_cause, loop_guard
from native_runtime.queue import registry
from native_runtime.queue.dispatch import CHAIN_MARK, CURRENT
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.handle import JobHandle
from native_runtime.queue.planned import NULL, PlannedJob
from native_runtime.queue.signature import plan
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from native_runtime.queue.job import Claim, Job, NewJob
    from native_runtime.queue.queue import Queue
    from native_runtime.queue.signature import Signature

PREFIX: Final = "chain-"  # of a chain's id
KEY: Final = "chain"  # in a job's meta


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """What of a chain is not stored yet.

    Attributes:
        id: The chain's.
        number: Of the next link; the first is 1.
        links: The next, and those after it.
    """

    id: str
    number: int
    links: tuple[PlannedJob, ...]


class _Meta(msgspec.Struct):
    chain: Rest | None = None


def chain(*signatures: Signature[Any]) -> Chain:
    """Jobs that are to run one after the other.

    A required parameter that a signature leaves open takes the result of the job before it.

    Raises:
        ValueError: There are none.
        TypeError: One is no signature.
        PayloadError: The first leaves a parameter open, or a later one more than one.
        OptionError: One has an option that cannot hold in a chain (`id`, `unique_for`).
    """
    if not signatures:
        raise ValueError("chain: expected at least one signature such as `job.s(…)`, got none")
    first, *others = signatures
    links = [plan(first, "the first of a chain")]
    links += [plan(each, "a later one of a chain", fills="the result before it") for each in others]
    return Chain(tuple(links))


class Chain:
    """A chain that can be dispatched.

    Attributes:
        links: Its jobs, in order.
    """

    def __init__(self, links: tuple[PlannedJob, ...]) -> None:
        self.links = links

    def dispatch(self) -> ChainHandle:
        """Store the chain; workers run it. It is durable when this returns.

        Raises:
            FeedbackLoopError: It would extend a chain of causes that feeds itself.
            NotConfiguredError: There is neither a runtime nor a connected store.
            StoreError: The store cannot be written.
        """
        queue = CURRENT.get()
        cause = current_cause()
        for name in {link.name for link in self.links}:  # each stands for all: a trail names but one of them
            loop_guard.check(cause, f"job {name}")
        rest = Rest(id=f"{PREFIX}{secrets.token_hex(8)}", number=1, links=self.links)
        queue.push([_stored(rest, cause=cause.trail, now=queue.clock.epoch())])
        return ChainHandle(rest.id, len(self.links), queue)

    def dispatch_sync(self) -> Any:
        """Run all of it here and now, as workers would: arguments and results pass through storage.

        Returns:
            The result of the last.

        Raises:
            Exception: Whatever one of them raises; those after it do not run.
        """
        from native_runtime.queue.attempt import run_here

        result: Any = None
        value = NULL
        for link in self.links:
            job = registry.find(link.name)
            result = run_here(job, link.new_job(now=0.0, cause=(), value=value).payload)
            value = _raw(job.payloads.encode_result(result))
        return result


class ChainHandle(JobHandle[Any]):
    """A dispatched chain: its state is that of its current job, its result that of its last.

    Args:
        chain_id: The chain's id; its jobs are `<chain id>:1`, `:2` and so on.
        length: How many there are.
        queue: Where they are stored.
    """

    def __init__(self, chain_id: str, length: int, queue: Queue) -> None:
        super().__init__(_link_id(chain_id, 1), queue)
        self.chain_id = chain_id
        self.length = length
        self._at = 1  # the link that was seen last

    @classmethod
    def find(cls, job_id: str) -> ChainHandle | None:
        """The chain of this id, or of which this is a job, in the current store; None if there is none."""
        queue = CURRENT.get()
        chain_id = job_id.partition(":")[0]
        for job in queue.driver.select(JobFilter(text=f"{chain_id}:", limit=1)):
            found, _, number = job.id.rpartition(":")
            if found == chain_id and number.isdecimal():
                return cls(chain_id, int(number) + len(links_of(job.new)), queue)
        return None

    @property
    def current(self) -> JobHandle[Any]:
        """The job it is at: the one that waits or runs, or the one with which it ended."""
        return JobHandle(self._job().id, self._queue)

    def cancel(self) -> bool:
        """Cancel the current job; those after it never run. False if the chain was over already."""
        while not (job := self._job()).state.is_over:
            after = self._queue.cancel(job.id)
            if after is not None and not self._is_passed(after):
                return not after.state.is_over or after.state is JobState.CANCELLED
        return False

    def __repr__(self) -> str:
        return f"<ChainHandle {self.chain_id} of {self.length}>"

    def _job(self) -> Job:
        at, last = self._at, None
        while True:
            job = self._queue.driver.find(_link_id(self.chain_id, at))
            if job is not None:
                self._at, last = at, job
            if at == self.length or (job is not None and not self._is_passed(job)):
                break
            at += 1
        if job is None:
            return self._cut(last)
        return self._cut(job) if job.cancel_requested and at < self.length else job

    def _cut(self, job: Job | None) -> Job:
        """The chain ended at this job, though it succeeded: its cancellation came when it was nearly done."""
        if job is None or not job.cancel_requested:
            raise UnknownNameError("job", _link_id(self.chain_id, self._at), ())
        return replace(job, state=JobState.CANCELLED) if job.state is JobState.SUCCESS else job

    def _is_passed(self, job: Job) -> bool:
        return job.state is JobState.SUCCESS and not job.cancel_requested


def next_link(claim: Claim, result: bytes | None, *, now: float) -> tuple[NewJob, ...]:
    """What is to be stored when this attempt has succeeded: the next job of its chain, if there is one."""
    rest = msgspec.json.decode(claim.new.meta, type=_Meta).chain
    if rest is None:
        return ()
    # The links of one chain are one step: a long chain feeds nothing back.
    return (_stored(rest, cause=claim.new.cause, now=now, value=_raw(result)),)


def links_of(job: NewJob) -> tuple[PlannedJob, ...]:
    """The jobs that follow this one in its chain; none if it is in none."""
    rest = msgspec.json.decode(job.meta, type=_Meta).chain if CHAIN_MARK in job.meta else None
    return () if rest is None else rest.links


def _stored(rest: Rest, *, cause: tuple[str, ...], now: float, value: msgspec.Raw = NULL) -> NewJob:
    link, *others = rest.links
    following = {}
    if others:
        after = Rest(id=rest.id, number=rest.number + 1, links=tuple(others))
        following[KEY] = msgspec.Raw(msgspec.json.encode(after))
    return link.new_job(
        now=now, cause=cause, job_id=_link_id(rest.id, rest.number), value=value, following=following
    )


def _link_id(chain_id: str, number: int) -> str:
    return f"{chain_id}:{number}"


def _raw(result: bytes | None) -> msgspec.Raw:
    return NULL if result is None else msgspec.Raw(result)
