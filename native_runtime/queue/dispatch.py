"""How a call becomes a stored job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from native_runtime.current import Slot
from native_runtime.events import current_cause, loop_guard
from native_runtime.queue.job import NewJob

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.queue.job_options import JobOptions
    from native_runtime.queue.queue import Queue

CHAIN_MARK: Final = b'"chain":'
"""What the meta of a job of a chain holds, but for its last; inside of a text the quotes would be escaped."""

CURRENT: Final[Slot[Queue]] = Slot("dispatching a job", connectable=True)
"""The queue that `dispatch` speaks to."""


def new_jobs(
    name: str, options: JobOptions, payloads: Iterable[bytes], *, handler: bytes, now: float
) -> list[NewJob]:
    """The stored form of calls of one function.

    Args:
        name: The job's name.
        options: How they are stored and run.
        payloads: The encoded arguments of each.
        handler: JSON of what follows them; empty if nothing does.
        now: Epoch seconds.

    Raises:
        FeedbackLoopError: They would extend a chain that feeds itself past the allowed depth.
    """
    cause = current_cause()
    loop_guard.check(cause, f"job {name}")
    fields: dict[str, Any] = {
        "name": name,
        "id": options.id or "",
        "queue": options.queue,
        "priority": options.priority,
        "available_at": now + options.delay,
        "tries": options.tries,
        "backoff": options.pauses,
        "timeout": options.timeout,
        "cause": cause.trail,
        "max_exceptions": options.max_exceptions,
        "retry_until": options.deadline(now),
        "fail_on_timeout": options.fail_on_timeout,
        "meta": handler,
    }
    if options.unique_for is None:
        return [NewJob(payload=payload, **fields) for payload in payloads]
    fields["unique_until"] = now + options.unique_for
    return [NewJob(payload=payload, unique_key=_unique_key(name, payload), **fields) for payload in payloads]


def handler_meta(name: str, parameter: str, options: JobOptions, *, queue: str | None) -> bytes:
    """How a stored job remembers its `on_failure` handler.

    Args:
        name: The handler's name as a job.
        parameter: Which of its parameters takes the `FailedJob`.
        options: Of the handler as a job.
        queue: Where it waits; None is the failed job's queue.
    """
    import json

    handler = {
        "job": name,
        "queue": queue,
        "parameter": parameter,
        "tries": options.tries,
        "backoff": options.pauses,
        "timeout": options.timeout,
    }
    return json.dumps({"on_failure": handler}).encode()


def _unique_key(name: str, payload: bytes) -> str:
    import hashlib

    from native_runtime.queue.sameness import canonical

    return hashlib.blake2b(name.encode() + b"\0" + canonical(payload), digest_size=16).hexdigest()
