"""Decides whether a chain of events and jobs may take one more step, and names the circle if not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.errors import FeedbackLoopError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.events.cause import Cause

DEFAULT_DEPTH: Final = 16  # steps; a legitimate chain seldom has more than five


def circle_of(trail: Sequence[str]) -> tuple[str, ...]:
    """The shortest run of steps that repeats at the end of `trail`; the whole trail if none does."""
    for size in range(1, len(trail) // 2 + 1):
        if list(trail[-size:]) == list(trail[-2 * size : -size]):
            return (*trail[-size:], trail[-size])
    return tuple(trail)


def check(cause: Cause, step: str, *, depth: int = DEFAULT_DEPTH) -> None:
    """Let `step` follow `cause`, or refuse it.

    Raises:
        FeedbackLoopError: The chain would be longer than `depth`.
    """
    if cause.depth >= depth:
        raise FeedbackLoopError(step, cause.depth + 1, circle_of((*cause.trail, step)))
