"""How a call becomes a stored job."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Final

from native_runtime.current import Slot
from native_runtime.events import current_cause, loop_guard
from native_runtime.queue.job import NewJob

if TYPE_CHECKING:
    from native_runtime.queue.job_options import JobOptions
    from native_runtime.queue.queue import Queue

CURRENT: Final[Slot[Queue]] = Slot("dispatching a job", connectable=True)
"""The queue that `dispatch` speaks to."""


class _Ids:
    """Makes ids that sort by time: 12 hex digits of milliseconds, 4 of a counter, 16 of chance."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._count = 0

    def make(self, now: float) -> str:
        millisecond = int(now * 1000)
        with self._lock:
            if millisecond > self._millisecond:
                self._millisecond, self._count = millisecond, 0
            else:  # the same millisecond, or a clock that was set back
                self._count += 1
            if self._count > 0xFFFF:  # noqa: PLR2004 - four hex digits
                self._millisecond, self._count = self._millisecond + 1, 0
            # Chance keeps apart what other processes, and forks of this one, make in the same millisecond.
            return f"{self._millisecond:012x}{self._count:04x}{os.urandom(8).hex()}"


_IDS: Final = _Ids()


def new_id(now: float) -> str:
    """A unique id; later ones sort behind earlier ones. `now` is epoch seconds."""
    return _IDS.make(now)


def new_job(name: str, options: JobOptions, payload: bytes, *, handler: bytes, now: float) -> NewJob:
    """The stored form of a call.

    Args:
        name: The job's name.
        options: How it is stored and run.
        payload: The encoded arguments.
        handler: JSON of what follows it; empty if nothing does.
        now: Epoch seconds.

    Raises:
        FeedbackLoopError: The job would extend a chain that feeds itself past the allowed depth.
    """
    cause = current_cause()
    loop_guard.check(cause, f"job {name}")
    return NewJob(
        id=options.id or new_id(now),
        name=name,
        queue=options.queue,
        payload=payload,
        priority=options.priority,
        available_at=now + options.delay,
        tries=options.tries,
        backoff=options.pauses,
        timeout=options.timeout,
        cause=cause.trail,
        max_exceptions=options.max_exceptions,
        retry_until=options.deadline(now),
        fail_on_timeout=options.fail_on_timeout,
        unique_key=None if options.unique_for is None else _unique_key(name, payload),
        unique_until=None if options.unique_for is None else now + options.unique_for,
        meta=handler,
    )


def handler_meta(name: str, parameter: str, options: JobOptions, *, queue: str | None) -> bytes:
    """How a stored job remembers its `on_failure` handler.

    Args:
        name: The handler's name as a job.
        parameter: Which of its parameters takes the `FailedJob`.
        options: Of the handler as a job.
        queue: Where it waits; None is the failed job's queue.
    """
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

    return hashlib.blake2b(name.encode() + b"\0" + payload, digest_size=16).hexdigest()
