"""The base of every event, and how an event looks on a wire."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from native_runtime.events.cause import NO_CAUSE, Cause

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

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


E = TypeVar("E", bound=Event)

_set: Final = object.__setattr__  # an event is frozen for everybody but the bus


def stamp(event: E, *, seq: int, at: datetime, monotonic: float, cause: Cause) -> E:
    """Give an event its place; one that has a place already is copied."""
    if event.seq:
        return replace(event, seq=seq, at=at, monotonic=monotonic, cause=cause)
    # In place: a copy would cost more than all else that the bus does.
    _set(event, "seq", seq)
    _set(event, "at", at)
    _set(event, "monotonic", monotonic)
    _set(event, "cause", cause)
    return event


def may_be_dropped(kinds: Iterable[type[Event]]) -> bool:
    """True if any of these classes, or of those below them, may be dropped for a slow subscriber."""
    return any(kind.droppable or may_be_dropped(kind.__subclasses__()) for kind in kinds)


def overlap(kind: type[Event], kinds: Sequence[type[Event]]) -> bool:
    """True if an event of class `kind`, or of some class below it, may be one of `kinds`, which are all if there is none."""
    return not kinds or issubclass(kind, tuple(kinds)) or any(issubclass(each, kind) for each in kinds)


def kinds_named(names: Collection[str]) -> tuple[type[Event], ...]:
    """The classes of these names; none at all if one of them is not known, or not yet."""
    found = [kind for kind in _all_below(Event) if kind.__name__ in names]
    return tuple(found) if {kind.__name__ for kind in found} == set(names) else ()


def _all_below(kind: type[Event]) -> Iterator[type[Event]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all_below(each)


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
