"""Waits for events instead of for time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from native_runtime.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.events import EventBus

E = TypeVar("E", bound="Event")

DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy


class Recorder:
    """Hears everything on a bus from the moment it is made."""

    def __init__(self, bus: EventBus) -> None:
        self._events: list[Event] = []
        self._changed = threading.Condition()
        bus.on(Event, self._hear)

    def _hear(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def all(self, kind: type[E], **fields: object) -> list[E]:
        """What was heard so far of one class."""
        with self._changed:
            return [event for event in self._events if _matches(event, kind, fields)]  # type: ignore[misc]

    def wait_for(self, kind: type[E], *, count: int = 1, **fields: object) -> E:
        """The `count`th event of class `kind` whose fields equal the given ones."""

        def enough() -> list[E]:
            found = [event for event in self._events if _matches(event, kind, fields)]
            return found if len(found) >= count else []  # type: ignore[return-value]

        with self._changed:
            found = self._changed.wait_for(enough, DEADLINE)
            heard = ", ".join(event.type for event in self._events)
        assert found, f"no {kind.__name__} with {fields} (wanted {count}); heard: {heard}"
        return found[count - 1]

    def forget(self, kind: type[Event]) -> None:
        """Drop all but the latest of one class."""
        with self._changed:
            matching = [event for event in self._events if isinstance(event, kind)]
            self._events = [event for event in self._events if not isinstance(event, kind)] + matching[-1:]

    def wait_until(self, claim: Callable[[list[Event]], bool]) -> None:
        """Wait until `claim` holds of everything heard so far."""
        with self._changed:
            assert self._changed.wait_for(lambda: claim(list(self._events)), DEADLINE)


def _matches(event: Event, kind: type[Event], fields: dict[str, object]) -> bool:
    return isinstance(event, kind) and all(getattr(event, key) == value for key, value in fields.items())
