"""One subscriber's own bounded queue of events, so that a slow one harms nobody else."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from native_runtime.events.event import FrequentEvent
from native_runtime.events.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.events.event import Event

DROPPABLE_LIMIT: Final = 1_000  # events of output and progress that may wait; the oldest goes first


class Subscription:
    """Events that wait for one subscriber.

    Lifecycle events are never dropped. Of the droppable ones (output, progress) at most
    `droppable_limit` wait, fewer where they are long; older ones are dropped and counted in `dropped`.

    With `brief` of each sort of frequent events only the latest waits, and tells how many it stands for.

    Args:
        wants: Which events to take.
        wake: Called from the publishing thread after an event was added; must return at once and not raise.
        kind: A base class of all it may want; None is any event.
        brief: Of frequent events the latest are enough.
        droppable_limit: Most droppable events that may wait.
    """

    def __init__(
        self,
        wants: Callable[[Event], bool],
        *,
        wake: Callable[[], None] = lambda: None,
        kind: type[Event] | None = None,
        brief: bool = False,
        droppable_limit: int = DROPPABLE_LIMIT,
    ) -> None:
        self.kind = kind
        self.brief = brief
        self._wants = wants
        self._wake = wake
        self._kept: deque[Event] = deque()
        self._droppable = Recent(most=droppable_limit)
        self._latest: dict[str, FrequentEvent] = {}
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0

    def offer(self, event: Event) -> None:
        """Add `event` if this subscriber wants it."""
        if not self._wants(event):
            return
        with self._changed:
            if self._closed:
                return
            if self.brief and isinstance(event, FrequentEvent):
                self._replace_latest(event)
            elif event.droppable:
                self.dropped += self._droppable.append(event)
            else:
                self._kept.append(event)
            self._changed.notify()
        self._wake()

    def take(self, timeout: float | None = None) -> list[Event]:
        """All waiting events in order; waits up to `timeout` seconds (None: for ever) for the first.

        Returns:
            An empty list when the time is over or the subscription is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.waiting or self._closed, timeout)
            waiting = [*self._kept, *self._droppable, *self._latest.values()]
            self._kept.clear()
            self._droppable.clear()
            self._latest.clear()
        waiting.sort(key=lambda event: event.seq)
        return waiting

    @property
    def waiting(self) -> int:
        """How many events wait; for whoever must notice that the subscriber is slow."""
        return len(self._kept) + len(self._droppable) + len(self._latest)

    def _replace_latest(self, event: FrequentEvent) -> None:
        before = self._latest.get(event.sort)
        if before is not None:
            event = replace(event, skipped=event.skipped + before.skipped + 1)
        self._latest[event.sort] = event

    @property
    def is_closed(self) -> bool:
        """True once nothing more will come."""
        return self._closed

    def close(self) -> None:
        """Take nothing more and wake whoever waits. Harmless twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
