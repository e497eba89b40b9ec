"""The latest droppable events: bounded in number and in text, because one batch of output may be as long as a page."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.events.event import Event

MOST_TEXT: Final = (
    256 * 1024
)  # characters, some thousand lines; a child that floods its output fills it within a second


class Recent:
    """Events in the order they came; the oldest goes first.

    Args:
        most: How many.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._events: deque[Event] = deque()
        self._text = 0

    def append(self, event: Event) -> int:
        """Add one; how many older ones had to go."""
        self._events.append(event)
        self._text += event.text_size
        before = len(self._events)
        while len(self._events) > self._most or (self._text > MOST_TEXT and len(self._events) > 1):
            self._text -= self._events.popleft().text_size
        return before - len(self._events)

    def clear(self) -> None:
        """Keep none."""
        self._events.clear()
        self._text = 0

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)
