"""A job that is stored later, with at most one argument left open: a link of a chain, or what follows a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from native_runtime.queue.duration import shortened
from native_runtime.queue.job import NewJob

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from native_runtime.queue.job_options import JobOptions

NULL: Final = msgspec.Raw(b"null")


class PlannedJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call as data, as `NewJob` is, but not for now.

    Attributes:
        name: The job's name.
        args: JSON of each argument that is given, by parameter.
        open: The parameter that takes what comes before; empty if none does.
        queue: Where it waits.
        priority: Higher runs first inside its queue.
        delay: Seconds between its storing and its first attempt.
        tries: Most attempts; None leaves it to the worker.
        backoff: Seconds before each retry; None leaves it to the worker.
        timeout: Seconds one attempt may take; None leaves it to the worker.
        max_exceptions: Most attempts that may end by an exception.
        retry_for: Seconds after its storing in which it is retried; None is for ever.
        retry_until: Epoch seconds after which nothing is retried; None is never.
        fail_on_timeout: A timeout is final.
        meta: JSON by key of what follows it.
    """

    name: str
    args: dict[str, msgspec.Raw]
    open: str = ""
    queue: str = "default"
    priority: int = 0
    delay: float = 0.0
    tries: int | None = None
    backoff: tuple[float, ...] | None = None
    timeout: float | None = None
    max_exceptions: int | None = None
    retry_for: float | None = None
    retry_until: float | None = None
    fail_on_timeout: bool = False
    meta: dict[str, msgspec.Raw] = {}

    def new_job(
        self,
        *,
        now: float,
        cause: tuple[str, ...],
        job_id: str = "",
        value: msgspec.Raw = NULL,
        following: Mapping[str, msgspec.Raw] | None = None,
    ) -> NewJob:
        """The job to store now.

        Args:
            now: Epoch seconds.
            cause: Trail of what led to it.
            job_id: Its id; empty lets the store name it.
            value: JSON for the open parameter, if there is one.
            following: More that follows it, JSON by key.
        """
        args = {**self.args, self.open: value} if self.open else self.args
        meta = {**self.meta, **following} if following else self.meta
        return NewJob(
            id=job_id,
            name=self.name,
            queue=self.queue,
            payload=msgspec.json.encode({"args": args}),
            priority=self.priority,
            available_at=now + shortened(self.delay),
            tries=self.tries,
            backoff=self.backoff,
            timeout=self.timeout,
            cause=cause,
            max_exceptions=self.max_exceptions,
            retry_until=self.retry_until if self.retry_for is None else now + shortened(self.retry_for),
            fail_on_timeout=self.fail_on_timeout,
            meta=msgspec.json.encode(meta) if meta else b"",
        )


def planned(
    name: str, options: JobOptions, args: Mapping[str, bytes], *, open_parameter: str, handler: bytes
) -> PlannedJob:
    """A call of a function, planned.

    Args:
        name: The job's name.
        options: How it is stored and run.
        args: Its encoded arguments by parameter.
        open_parameter: The one that is left open; empty if none is.
        handler: JSON of its `on_failure` handler, as a stored job has it; empty if it has none.
    """
    until = options.retry_until
    retry_for = float(until) if isinstance(until, int | float) else None
    return PlannedJob(
        name=name,
        args={parameter: msgspec.Raw(data) for parameter, data in args.items()},
        open=open_parameter,
        queue=options.queue,
        priority=options.priority,
        delay=options.delay,
        tries=options.tries,
        backoff=options.pauses,
        timeout=options.timeout,
        max_exceptions=options.max_exceptions,
        retry_for=retry_for,
        retry_until=options.deadline(0.0) if retry_for is None else None,
        fail_on_timeout=options.fail_on_timeout,
        meta=msgspec.json.decode(handler, type=dict[str, msgspec.Raw]) if handler else {},
    )


def listed(results: Sequence[bytes | None]) -> msgspec.Raw:
    """Results as one JSON list, in order."""
    return msgspec.Raw(b"[" + b",".join(b"null" if each is None else each for each in results) + b"]")
