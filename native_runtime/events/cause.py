"""What led to what: the trail an event or a job carries, and the one that is current in this thread."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence


class Cause(Struct, frozen=True):
    """A chain of steps, oldest first, each a short text such as `event JobFailed` or `job app.jobs.thumb`.

    Attributes:
        trail: The steps. Empty: a person or the app itself began it.
    """

    trail: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        """How many steps led here."""
        return len(self.trail)

    def then(self, step: str) -> Cause:
        """The cause of what `step` does next."""
        return Cause((*self.trail, step))


NO_CAUSE: Final = Cause()
EITHER: Final = " | "
"""Stands between steps of which one was taken, and nobody knows which."""


def joined(causes: Sequence[Cause]) -> Cause:
    """The cause of what one of several has done: the longest, and in its last step all of them."""
    if not causes:
        return NO_CAUSE
    longest = max(causes, key=lambda cause: cause.depth)
    return Cause(longest.trail[:-1]).then(EITHER.join(sorted({cause.trail[-1] for cause in causes})))


CURRENT: Final[ContextVar[Cause]] = ContextVar("native_runtime_cause", default=NO_CAUSE)
"""That of this thread or task. Read it by `current_cause`, set it by `caused_by`."""


def current_cause() -> Cause:
    """The cause of whatever runs in this thread or task now."""
    return CURRENT.get()


class caused_by:  # noqa: N801 - read as `with caused_by(cause):`; a generator would cost each job a microsecond
    """Everything published or dispatched inside the block carries `cause`."""

    __slots__ = ("_cause", "_token")

    def __init__(self, cause: Cause) -> None:
        self._cause = cause

    def __enter__(self) -> None:
        self._token = CURRENT.set(self._cause)

    def __exit__(self, *_raised: object) -> None:
        CURRENT.reset(self._token)
