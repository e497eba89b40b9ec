"""The latest events, for subscribers that come back."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from native_runtime.events.recent import Recent

if TYPE_CHECKING:
    from native_runtime.events.event import Event

JOURNAL_LENGTH: Final = 10_000  # events that are kept
DROPPABLE_LENGTH: Final = 200  # of output and progress; fewer where they are long, see recent.py


class Journal:
    """Keeps lifecycle events apart from output and progress, which would push them out."""

    def __init__(self) -> None:
        self._kept: deque[Event] = deque(maxlen=JOURNAL_LENGTH)
        self._droppable = Recent(most=DROPPABLE_LENGTH)

    def append(self, event: Event) -> None:
        """Keep a published event."""
        if event.droppable:
            self._droppable.append(event)
        else:
            self._kept.append(event)

    def after(self, seq: int) -> list[Event]:
        """What is kept of the events behind that number, in order."""
        kept = [event for events in (self._kept, self._droppable) for event in events if event.seq > seq]
        kept.sort(key=lambda event: event.seq)
        return kept

    def reaches_back_to(self, seq: int) -> bool:
        """True if no lifecycle event behind that number is missing."""
        return len(self._kept) < JOURNAL_LENGTH or self._kept[0].seq <= seq + 1
