"""Decides whether a chain of events and jobs may take one more step, and names the circle if not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from native_runtime.current import Slot
from native_runtime.errors import FeedbackLoopError
from native_runtime.events.cause import EITHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    if cause.depth < depth or not any(step in _any_of(taken) for taken in cause.trail):
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
    """From the last time that `step` was taken, or may have been, to this time."""
    last = max(place for place, taken in enumerate(trail) if step in _any_of(taken))
    return (*trail[last:], trail[last])


def is_known(circle: Sequence[str], known: Iterable[Sequence[str]]) -> bool:
    """True if it is one of those, wherever it was cut.

    Where it is not sure which steps were taken, circles that may have one in common count as the same.
    """
    return any(same_circle(circle) == same_circle(other) or _may_be_one(circle, other) for other in known)


def same_circle(circle: Sequence[str]) -> tuple[str, ...]:
    """What is equal for one circle, wherever it was cut."""
    steps = tuple(circle[:-1])
    return min((steps[start:] + steps[:start] for start in range(len(steps))), default=())


def _may_be_one(circle: Sequence[str], other: Sequence[str]) -> bool:
    is_vague = any(EITHER in taken for taken in (*circle, *other))
    return is_vague and not _steps(circle).isdisjoint(_steps(other))


def _any_of(taken: str) -> list[str]:
    return taken.split(EITHER)


def _steps(circle: Sequence[str]) -> set[str]:
    return {step for taken in circle for step in _any_of(taken)}
