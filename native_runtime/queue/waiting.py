"""Waiting for something in the store to be over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from native_runtime.errors import NotConfiguredError, shorten
from native_runtime.queue.duration import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.queue.queue import Queue

T = TypeVar("T")

_FIRST_PAUSE: Final = 0.002  # seconds between two looks at the store, where nobody tells when the job ends
_LONGEST_PAUSE: Final = 0.1


def wait_for(
    queue: Queue,
    look: Callable[[], T],
    is_over: Callable[[T], bool],
    *,
    timeout: float | None,
    wanted: str,
    told: Callable[[T], str],
) -> T:
    """Look until it is over, and return what was seen then.

    Args:
        queue: Tells when a job has ended, and how late it is.
        look: Looks into the store.
        is_over: Whether that was the end.
        timeout: Seconds to wait; None is for ever.
        wanted: What is waited for, for the message if the runtime stops.
        told: What there is instead when the time is over: a clause that `after 5 s` follows.

    Raises:
        TypeError: `timeout` is no number.
        ValueError: It is one that is not a number of seconds (`nan`).
        TimeoutError: It is not over yet.
        NotConfiguredError: The runtime has stopped.
        UnknownNameError: It is not in the store.
    """
    clock = queue.clock
    deadline = None if timeout is None else clock.monotonic() + _checked(timeout)
    pause = _FIRST_PAUSE
    while True:
        news = queue.news  # read before the look: what changes in between is not slept over
        if queue.is_closed:
            raise NotConfiguredError(wanted, connectable=True)
        seen = look()
        if is_over(seen):
            return seen
        left = pause if deadline is None else deadline - clock.monotonic()
        if left <= 0:
            raise TimeoutError(f"{told(seen)} after {timeout:g} s")
        queue.wait_for_news(news, min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _checked(timeout: object) -> float:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        raise TypeError(f"timeout: expected a number of seconds, or None for ever, got {shorten(timeout)}")
    if timeout != timeout:  # noqa: PLR0124 - which is only true of nan
        raise ValueError("timeout: expected a number of seconds, or None for ever, got nan")
    return shortened(timeout)
