"""Decides whether a chain of events and jobs may take one more step, and names the circle if not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from native_runtime.current import Slot
from native_runtime.errors import FeedbackLoopError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.events.cause import Cause

DEFAULT_DEPTH: Final = 16  # steps; a legitimate chain seldom has more than five

REFUSED: Final[Slot[Callable[[FeedbackLoopError], None]]] = Slot("telling of a refused step")
"""Hears of each step that `check` refuses, whatever becomes of the exception."""


def refusal(cause: Cause, step: str, *, depth: int = DEFAULT_DEPTH) -> FeedbackLoopError | None:
    """Why `step` may not follow `cause`; None if it may.

    A chain that feeds itself takes a step that it has taken before. So whoever only looks on is never refused,
    however long the chain is that led to what he sees: a chain has as many different steps as the app has
    handlers and jobs.
    """
    if cause.depth < depth or step not in cause.trail:
        return None
    return FeedbackLoopError(step, cause.depth + 1, circle_of(cause.trail, step))


def check(cause: Cause, step: str, *, depth: int = DEFAULT_DEPTH) -> None:
    """Let `step` follow `cause`, or refuse it.

    Raises:
        FeedbackLoopError: The chain is `depth` steps long, and `step` is one of them.
    """
    error = refusal(cause, step, depth=depth)
    if error is not None:
        tell = REFUSED.peek()
        if tell is not None:
            tell(error)
        raise error


def circle_of(trail: Sequence[str], step: str) -> tuple[str, ...]:
    """From the last time that `step` was taken to this time."""
    return (*trail[len(trail) - 1 - trail[::-1].index(step) :], step)


def same_circle(circle: Sequence[str]) -> tuple[str, ...]:
    """What is equal for one circle, wherever it was cut."""
    steps = tuple(circle[:-1])
    return min((steps[start:] + steps[:start] for start in range(len(steps))), default=())
