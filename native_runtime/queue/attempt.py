"""One run of a job: call its function, and say what came of it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from native_runtime.errors import FeedbackLoopError, JobCancelledError, JobTimeoutError, PayloadError
from native_runtime.events import Cause, caused_by
from native_runtime.queue import registry
from native_runtime.queue.context import JobContext, RunningContext, current
from native_runtime.queue.dispatch import CHAIN_MARK
from native_runtime.queue.driver import Ack, Finish
from native_runtime.queue.retry import Failure, FailureKind, decide_next, timeout_of, tries_of
from native_runtime.queue.verdict import Fail, Quit, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.queue.driver import QueueDriver, Settlement
    from native_runtime.queue.interrupter import Interrupter
    from native_runtime.queue.job import Claim
    from native_runtime.queue.job_function import JobFunction
    from native_runtime.queue.permits import Permits
    from native_runtime.queue.retry import Defaults

_LONGEST_ERROR: Final = 4_000  # characters kept of a message
_LONGEST_TRACEBACK: Final = 64_000  # and of a traceback: its end is what tells


class Report(Struct, frozen=True, kw_only=True, gc=False):
    """What came of one attempt.

    Attributes:
        claim: The attempt.
        settlement: What is to be stored.
        failure: How it failed; None if it succeeded.
        runtime: Seconds it took.
        ended_at: Epoch seconds.
    """

    claim: Claim
    settlement: Settlement
    failure: Failure | None
    runtime: float
    ended_at: float


class Attempts:
    """Runs claimed jobs, one at a time, in the main thread of a worker.

    Args:
        driver: Where jobs note progress.
        clock: Time.
        interrupter: Lets timeouts and cancellations in.
        defaults: What holds where a job names nothing.
        tell_progress: Hears of a job's progress: the attempt, fraction and note.
    """

    def __init__(
        self,
        *,
        driver: QueueDriver,
        clock: Clock,
        interrupter: Interrupter,
        defaults: Defaults,
        tell_progress: Callable[[Claim, float, str], None],
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._interrupter = interrupter
        self._defaults = defaults
        self._tell_progress = tell_progress
        self._pid = os.getpid()
        self._permits: Permits | None = None  # of an attempt with middleware

    def timeout_of(self, claim: Claim) -> float:
        """Seconds the attempt may take."""
        return timeout_of(claim.new, self._defaults)

    def cancel(self, job_id: str) -> None:
        """Somebody wants this job to stop: it does not begin, if it has not yet. From any thread."""
        self._interrupter.interrupt(job_id, JobCancelledError)

    def forget_cancellations(self) -> None:
        """No job is claimed now."""
        self._interrupter.forget_cancellations()

    def run(self, claim: Claim) -> Report:
        """Call the job's function. Never raises: whatever happens in the job becomes its report."""
        started = self._clock.monotonic()
        end: Ack | Failure
        self._interrupter.begin()
        try:
            end = self._ack_of(claim, self._call(claim))
        except BaseException as error:  # noqa: BLE001 - the boundary of a job: its worker goes on, come what may
            self._leave_if_forked(error)
            end = self._failure(claim, error)
        self._leave_if_forked(None)
        if self._permits is not None:
            self._end_permits(self._permits)
        return Report(
            claim=claim,
            settlement=end if isinstance(end, Ack) else self.settlement_of(claim, end),
            failure=None if isinstance(end, Ack) else end,
            runtime=self._clock.monotonic() - started,
            ended_at=self._clock.epoch(),
        )

    def _leave_if_forked(self, error: BaseException | None) -> None:
        """A job has forked, and this is the copy: it has its parent's claims, and must not act on them."""
        if os.getpid() == self._pid:
            return
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with suppress(OSError, ValueError):
                stream.flush()
        code = error.code if isinstance(error, SystemExit) else error and 1
        os._exit(code if isinstance(code, int) else int(code is not None))

    def _end_permits(self, permits: Permits) -> None:
        # Here, where neither an interrupt nor the copy of a process that forked can come in between.
        self._permits = None
        permits.end()

    def settlement_of(self, claim: Claim, failure: Failure) -> Settlement:
        """What is to be stored of an attempt that failed so."""
        now = self._clock.epoch()
        settlement = decide_next(claim, failure, defaults=self._defaults, now=now)
        if isinstance(settlement, Finish) and claim.new.meta:
            from native_runtime.queue.failed import follow_up

            return replace(settlement, then=follow_up(claim, settlement, now=now))
        return settlement

    def _ack_of(self, claim: Claim, result: bytes | None) -> Ack:
        if CHAIN_MARK not in claim.new.meta:
            return Ack(job_id=claim.id, token=claim.token, result=result)
        from native_runtime.queue.chain import next_link

        then = next_link(claim, result, now=self._clock.epoch())
        return Ack(job_id=claim.id, token=claim.token, result=result, then=then)

    def _call(self, claim: Claim) -> bytes | None:
        context = RunningContext(
            claim,
            tries=tries_of(claim.new, self._defaults),
            driver=self._driver,
            clock=self._clock,
            tell=lambda fraction, note: self._tell_progress(claim, fraction, note),
        )
        with _current(context), caused_by(Cause((*claim.new.cause, f"job {claim.new.name}"))):
            job = registry.find(claim.new.name)
            if job.declared.middleware:
                from native_runtime.queue.permits import Permits, owner_of

                context.permits = self._permits = Permits(
                    driver=self._driver, clock=self._clock, owner=owner_of(claim)
                )
            call = _call_of(job, claim.new.payload, context)
            # Only the job's own code is interrupted: an exception out of nowhere inside an import of ours, or of
            # a library on its first use, would be swallowed there or leave half a module behind.
            return job.payloads.encode_result(self._interrupter.run(claim.id, call))

    def _failure(self, claim: Claim, error: BaseException) -> Failure:
        match self._interrupter.sent:
            # A job may have turned the interrupt into an error of its own; it is a timeout all the same.
            case kind if kind is JobTimeoutError:
                text = f"JobTimeoutError: it ran longer than its timeout of {self.timeout_of(claim):g} s"
                return Failure(kind=FailureKind.TIMEOUT, error=text, traceback=_traceback(error))
            case kind if kind is JobCancelledError:
                return Failure(kind=FailureKind.CANCELLED)
        return failure_of(error)


def failure_of(error: BaseException) -> Failure:
    """What an exception that left a job means."""
    match error:
        case JobCancelledError():
            return Failure(kind=FailureKind.CANCELLED)
        case Quit():
            return Failure(kind=FailureKind.QUIT)
        case Retry(delay=delay, give_back=give_back):
            kind = FailureKind.PUT_BACK if give_back else FailureKind.RETRY
            return Failure(kind=kind, error=_text(error), delay=delay)
        case Fail(reason=reason):
            return Failure(kind=FailureKind.FAIL, error=_plain(_said(reason))[:_LONGEST_ERROR])
        case MemoryError():
            kind = FailureKind.OOM
        case PayloadError() | registry.UnknownJobError() | FeedbackLoopError():
            kind = FailureKind.FAIL  # the next attempt would meet the same
        case _:
            kind = FailureKind.EXCEPTION
    return Failure(kind=kind, error=_text(error), traceback=_traceback(error))


def run_here(job: JobFunction[..., Any, Any], payload: bytes) -> Any:
    """Run a stored call in this thread, as a worker would, and let its exceptions pass."""
    context = JobContext(name=job.name)
    with _current(context):
        result = job.payloads.encode_result(_call_of(job, payload, context)())
    return job.payloads.decode_result(result)


def _call_of(job: JobFunction[..., Any, Any], payload: bytes, context: JobContext) -> Callable[[], object]:
    args, kwargs = job.payloads.decode(payload)

    def call() -> object:
        result = job.function(*args, **kwargs)
        if hasattr(result, "__await__"):
            import asyncio  # 40 ms and 6 MB: only for jobs that are asynchronous

            async def awaited() -> object:
                return await result

            return asyncio.run(awaited())
        return result

    if job.declared.middleware:
        from native_runtime.queue.middleware import arguments_of, around

        context.arguments = arguments_of(job.function, args, kwargs)
        return around(context, job.declared.middleware, call)
    return call


class _current:  # noqa: N801 - as `caused_by`
    """Inside the block, `context` is that of the running job."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: JobContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        self._token = current.set(self._context)

    def __exit__(self, *_raised: object) -> None:
        current.reset(self._token)


def _text(error: BaseException) -> str:
    name, said = type(error).__name__, _said(error)
    return _plain(f"{name}: {said}" if said else name)[:_LONGEST_ERROR]


def _said(what: object) -> str:
    try:
        return str(what)
    except BaseException as error:  # noqa: BLE001 - the job's own code: its worker goes on, come what may
        return f"(its text cannot be shown: __str__ raised {type(error).__name__})"


def _plain(text: str) -> str:
    """The text in characters that can be stored: a lone surrogate, as in odd file names, becomes an escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _traceback(error: BaseException) -> str:
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__package__") == __package__:
        frames = frames.tb_next  # the worker's own frames tell nothing about the job
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
    except BaseException as failed:  # noqa: BLE001 - it asks the exception for its text and notes: the job's own code
        text = f"(the traceback cannot be shown: formatting it raised {type(failed).__name__})\n"
    return _plain(text)[-_LONGEST_TRACEBACK:]
