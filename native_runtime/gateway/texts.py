"""Events as the text that listeners are sent, made once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from native_runtime.events import to_wire

if TYPE_CHECKING:
    from native_runtime.events import Event

KEPT: Final = 64


class Texts:
    """Remembers the texts of the latest events."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Event, str]] = {}  # by identity, which holds as long as the event is kept

    def of(self, event: Event) -> str:
        """The event as one JSON object."""
        if event.droppable:  # as output, which may be long
            return _text(event)
        made = self._made.get(id(event))
        if made is None:
            if len(self._made) >= KEPT:
                self._made.clear()
            made = self._made[id(event)] = (event, _text(event))
        return made[1]


def _text(event: Event) -> str:
    return msgspec.json.encode(to_wire(event)).decode()
