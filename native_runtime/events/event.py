"""The base of every event, and how an event looks on a wire."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from native_runtime.events.cause import NO_CAUSE, Cause

UNSTAMPED: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. The bus stamps `seq`, `at`, `monotonic` and `cause` when it is published.

    Attributes:
        seq: Position in the stream of this run; 1 is the first, 0 means not published yet.
        at: Wall time, aware UTC.
        monotonic: Seconds of the app's monotonic clock.
        cause: What led to it; carried on through handlers and jobs.
        origin: Who asked for it, if somebody did (`panel:<client>`, `cli`), so that the asker knows its own echo.
    """

    # Output and progress may be merged or dropped for a slow subscriber; everything else is kept.
    droppable: ClassVar[bool] = False

    seq: int = 0
    at: datetime = UNSTAMPED
    monotonic: float = 0.0
    cause: Cause = NO_CAUSE
    origin: str | None = None

    @property
    def type(self) -> str:
        """The event's name, as in the docs and on the wire."""
        return type(self).__name__

    @property
    def text_size(self) -> int:
        """Characters it holds that somebody else wrote, as a child's output: what bounds those who keep events."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequentEvent(Event):
    """Base of events of which there may be tens of thousands a second.

    Whoever listens to all of them gets all of them. Whoever wants brief news gets the latest of each sort.

    Attributes:
        skipped: How many of its sort came before it and are not told.
    """

    skipped: int = 0

    @property
    def sort(self) -> str:
        """What of a sort is told in brief is the latest."""
        return self.type


def to_wire(event: Event) -> dict[str, Any]:
    """The event as JSON-ready data: `{"type", "seq", "at", "monotonic", "cause", "origin", …own fields}`."""
    document: dict[str, Any] = {"type": event.type}
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, Cause):
            value = list(value.trail)
        elif isinstance(value, tuple):
            value = list(value)
        document[field.name] = value
    return document
