"""What runs around a job's function: three kinds that hold across processes, and how any is called.

A middleware is anything that can be called with the job's context and the rest of the attempt:

    def timed(context: JobContext, call: Callable[[], T]) -> T:
        with measured(context.name):
            return call()

It may raise Retry or Fail, return something else, or turn an error into another.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from string import Formatter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from native_runtime.backoff import spread
from native_runtime.errors import JobCancelledError, JobTimeoutError, OptionError, shorten
from native_runtime.queue.duration import LONGEST, is_duration, shortened
from native_runtime.queue.rate import Rate
from native_runtime.queue.verdict import Fail, Retry

if TYPE_CHECKING:
    from native_runtime.queue.context import JobContext

T = TypeVar("T")

Middleware = Callable[["JobContext", Callable[[], Any]], Any]
"""Called with the job's context and the rest of the attempt; returns its result."""

_SPREAD: Final = 0.25  # of a pause, either way: those that wait for the same must not come back together
# The job's own word, and interrupts: they tell nothing of what the job works with.
_NO_EXCEPTIONS: Final = (Retry, Fail, JobCancelledError, JobTimeoutError)


class RateLimit:
    """At most so many attempts start, over all workers. Another waits for its turn, and keeps its tries.

    Args:
        rate: `"10/s"`, `"100/m"`, `"1000/h"`, `"5/10s"`: so many at once, and as many again in each further period.
        key: What is limited: jobs of the same key share its rate. A format string over the job's arguments
            (`"account:{account}"`); None is the job's name.

    Raises:
        ValueError: `rate` is no rate.
    """

    def __init__(self, rate: str, *, key: str | None = None) -> None:
        self.rate = Rate.parse(rate)
        self.key = key

    def __call__(self, context: JobContext, call: Callable[[], T]) -> T:
        """Call, or put the job back until there is a token."""
        if context.permits is not None:
            key = _key_of(self.key, context)
            wait = context.permits.take(f"{key} {self.rate}", self.rate)
            if wait > 0:
                raise Retry(
                    f"the rate {self.rate} of {key!r} is used up", delay=shortened(wait), give_back=True
                )
        return call()


class NoOverlap:
    """One attempt of the same key runs at a time, over all workers. Another waits, and keeps its tries.

    Args:
        key: What must not overlap, a format string over the job's arguments (`"user:{user_id}"`); None is the
            job's name.
        expires: Seconds after which a lock holds no more, should its worker be gone and nobody there to tell.
            It must be more than a job takes.
        pause: Seconds after which a job that had to wait looks again, spread a little.

    Raises:
        ValueError: `expires` or `pause` is no number of seconds above 0.
    """

    def __init__(self, key: str | None = None, *, expires: float = 300.0, pause: float = 1.0) -> None:
        self.key = key
        self.expires = _seconds("NoOverlap", "expires", expires)
        self.pause = _seconds("NoOverlap", "pause", pause)

    def __call__(self, context: JobContext, call: Callable[[], T]) -> T:
        """Call while nobody else does, or put the job back for a moment."""
        if context.permits is not None:
            key = _key_of(self.key, context)
            wait = context.permits.lock(key, expires=self.expires)
            if wait > 0:
                pause = shortened(min(wait, spread(self.pause, _SPREAD)))
                raise Retry(f"another job of {key!r} runs", delay=pause, give_back=True)
        return call()


class ThrottleExceptions:
    """After so many exceptions in a while, nothing of the same key is run for a while; tries are kept meanwhile.

    The exceptions themselves are retried as ever. After the pause one more within the same period is enough.

    Args:
        count: Exceptions.
        per: Seconds in which they come.
        backoff: Seconds for which nothing is run then.
        key: What is put off, a format string over the job's arguments; None is the job's name.

    Raises:
        ValueError: `count` is no whole number of 1 or more, `per` or `backoff` no number of seconds above 0.
    """

    def __init__(self, count: int, *, per: float, backoff: float, key: str | None = None) -> None:
        self.count = _whole("ThrottleExceptions", "count", count)
        self.per = _seconds("ThrottleExceptions", "per", per)
        self.backoff = _seconds("ThrottleExceptions", "backoff", backoff)
        self.key = key

    def __call__(self, context: JobContext, call: Callable[[], T]) -> T:
        """Call and count an exception, or put the job back until the pause is over."""
        permits = context.permits
        if permits is None:
            return call()
        key = _key_of(self.key, context)
        wait = permits.put_off_for(key)
        if wait > 0:
            raise Retry(
                f"{key!r} is put off after {self.count} exceptions", delay=shortened(wait), give_back=True
            )
        try:
            return call()
        except _NO_EXCEPTIONS:
            raise
        except Exception:
            if permits.count(key, most=self.count, period=self.per):
                permits.put_off(key, self.backoff)
            raise


def around(
    context: JobContext, middleware: Sequence[Middleware], call: Callable[[], object]
) -> Callable[[], object]:
    """The call with all middleware around it, the first outermost."""
    for each in reversed(middleware):
        call = partial(each, context, call)
    return call


def arguments_of(
    function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
) -> dict[str, object]:
    """The arguments of a call by parameter, defaults included."""
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.arguments


def refuse_unknown_parameters(
    job: str, function: Callable[..., object], middleware: Sequence[Middleware]
) -> None:
    """See that the keys of a job's middleware name what the job has.

    Raises:
        OptionError: A key is no format string, or names no parameter.
    """
    known = inspect.signature(function).parameters
    for key in filter(None, (getattr(each, "key", None) for each in middleware)):
        if not isinstance(key, str) or not _parameters_in(key) <= known.keys():
            names = ", ".join(known) or "none"
            raise OptionError(job, "middleware", f"keys that name only its parameters ({names})", key)


def _parameters_in(key: str) -> set[str]:
    try:
        fields = [field for _text, field, _form, _conversion in Formatter().parse(key) if field is not None]
    except ValueError:
        return {key}  # a lone brace: no parameter is named so
    return {field.split(".")[0].split("[")[0] for field in fields}


def _key_of(key: str | None, context: JobContext) -> str:
    return context.name if key is None else key.format_map(context.arguments)


def _whole(who: str, name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{who}: {name}: expected a whole number of 1 or more, got {value!r}")
    return value


def _seconds(who: str, name: str, value: float) -> float:
    if not is_duration(value, above=True):
        raise ValueError(
            f"{who}: {name}: expected a number of seconds above 0, at most {LONGEST}, got {shorten(value)}"
        )
    return float(value)
