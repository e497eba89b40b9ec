"""The options of `@job` and `.options(…)`, and which values they can have."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, structs

from native_runtime.errors import OptionError
from native_runtime.queue import queue_name
from native_runtime.queue.duration import LONGEST, is_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.queue.middleware import Middleware

ID_LENGTH: Final = 128  # characters
PRIORITY_LIMIT: Final = 1_000_000

_ID: Final = re.compile(rf"(?!j[0-9]+\Z)[A-Za-z0-9._:@+=~-]{{1,{ID_LENGTH}}}")


class JobOptions(Struct, frozen=True, kw_only=True):
    """How a job is stored and run. None leaves it to the worker.

    Attributes:
        queue: Where it waits.
        tries: Most attempts; None with `retry_until` is as many as fit.
        backoff: Seconds before each retry: a number, or a list whose last one repeats.
        timeout: Seconds one attempt may take.
        priority: Higher runs first inside its queue.
        max_exceptions: Most attempts that may end by an exception.
        retry_until: Nothing is retried later than this many seconds after dispatch, or than this aware time.
        fail_on_timeout: A timeout is final.
        on_failure: Called with a `FailedJob` in a job of its own once the job has failed for good.
        unique_for: Seconds in which the same call is stored only once.
        delay: Seconds before it may run.
        id: Makes dispatch idempotent: the same id is stored only once.
        middleware: What runs around the function in each attempt, outermost first.
    """

    queue: str = "default"
    tries: int | None = None
    backoff: float | Sequence[float] | None = None
    timeout: float | None = None
    priority: int = 0
    max_exceptions: int | None = None
    retry_until: float | datetime | None = None
    fail_on_timeout: bool = False
    on_failure: Callable[..., object] | None = None
    unique_for: float | None = None
    delay: float = 0.0
    id: str | None = None
    middleware: Sequence[Middleware] = ()

    @property
    def pauses(self) -> tuple[float, ...] | None:
        """`backoff` as a list."""
        if self.backoff is None:
            return None
        return (float(self.backoff),) if isinstance(self.backoff, int | float) else tuple(self.backoff)

    def deadline(self, now: float) -> float | None:
        """`retry_until` in epoch seconds, for a job dispatched at `now`."""
        if isinstance(self.retry_until, datetime):
            return self.retry_until.timestamp()
        return None if self.retry_until is None else now + self.retry_until


def changed(job: str, options: JobOptions, changes: Mapping[str, Any]) -> JobOptions:
    """The options with some of them changed.

    Args:
        job: The job's name, for messages.
        options: What holds so far.
        changes: Values by option.

    Raises:
        OptionError: An option is unknown, or has a value it cannot have.
    """
    for name, value in changes.items():
        if name not in JobOptions.__struct_fields__:
            known = ", ".join(JobOptions.__struct_fields__)
            raise OptionError(job, name, f"one of the options {known}", value)
        expected, check = _CHECKS[name]
        if not check(value):
            raise OptionError(job, name, expected, value)
    return structs.replace(options, **changes)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _optional(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _are_pauses(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(is_duration(each) for each in value)
    return is_duration(value)


def _are_middleware(value: Any) -> bool:
    # A class can be called too, but forgotten brackets are all that this would mean.
    return isinstance(value, list | tuple) and all(
        callable(each) and not isinstance(each, type) for each in value
    )


def _is_deadline(value: Any) -> bool:
    return value.tzinfo is not None if isinstance(value, datetime) else is_duration(value)


_COUNT: Final = ("a whole number of 1 or more", _optional(lambda value: _is_whole(value) and value >= 1))
_SECONDS: Final = f"seconds from 0 to {LONGEST}"
_DURATION: Final = (
    f"seconds above 0, at most {LONGEST}",
    _optional(lambda value: is_duration(value, above=True)),
)

_CHECKS: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "queue": (queue_name.EXPECTED, queue_name.is_queue_name),
    "tries": _COUNT,
    "backoff": (f"{_SECONDS}, or a list of them", _optional(_are_pauses)),
    "timeout": _DURATION,
    "priority": (
        f"a whole number from -{PRIORITY_LIMIT} to {PRIORITY_LIMIT}",
        lambda value: _is_whole(value) and abs(value) <= PRIORITY_LIMIT,
    ),
    "max_exceptions": _COUNT,
    "retry_until": (f"{_SECONDS}, or a datetime with a time zone", _optional(_is_deadline)),
    "fail_on_timeout": ("True or False", lambda value: isinstance(value, bool)),
    "on_failure": ("a function of one parameter, a FailedJob", _optional(callable)),
    "unique_for": _DURATION,
    "delay": (_SECONDS, is_duration),
    "id": (
        (
            f"1 to {ID_LENGTH} letters, digits and . _ : @ + = ~ - (use a digest of anything else), "
            "but not j and a number, as the store names the others"
        ),
        _optional(lambda value: isinstance(value, str) and _ID.fullmatch(value) is not None),
    ),
    "middleware": (
        "a list of what is called with a JobContext and the rest of the attempt, such as [RateLimit('10/m')]",
        _are_middleware,
    ),
}
