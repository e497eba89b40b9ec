"""What led to what: the trail an event or a job carries, and the one that is current in this thread."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Cause:
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

_current: ContextVar[Cause] = ContextVar("native_runtime_cause", default=NO_CAUSE)


def current_cause() -> Cause:
    """The cause of whatever runs in this thread or task now."""
    return _current.get()


@contextmanager
def caused_by(cause: Cause) -> Iterator[None]:
    """Everything published or dispatched inside the block carries `cause`."""
    token = _current.set(cause)
    try:
        yield
    finally:
        _current.reset(token)
