"""One subscriber's own bounded queue of events, so that a slow one harms nobody else."""

from __future__ import annotations

import threading
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
        lock: The bus's. It is one for all, so that what several subscriptions hold can be taken in its order.
        kinds: Classes of the events to take, with all below them; none at all takes every event.
        wants: Which of those; None is all.
        wake: Called from the publishing thread, under the lock, after an event was added, and at the end; must
            return at once and not raise.
        brief: Of frequent events the latest are enough.
        is_handler: A function is called with them, and what it does has their cause; a page acts by requests of its own.
        droppable_limit: Most droppable events that may wait.
    """

    def __init__(
        self,
        *,
        lock: threading.Lock,
        kinds: tuple[type[Event], ...] = (),
        wants: Callable[[Event], bool] | None = None,
        wake: Callable[[], None] | None = None,
        brief: bool = False,
        is_handler: bool = False,
        droppable_limit: int = DROPPABLE_LIMIT,
    ) -> None:
        self.kinds = kinds
        self.brief = brief
        self.is_handler = is_handler
        self._wants = wants
        self._wake = wake
        self._kept: list[Event] = []
        self._droppable = Recent(most=droppable_limit)
        self._latest: dict[str, FrequentEvent] = {}
        self._changed = threading.Condition(lock)
        self._awaiting = 0  # threads
        self._closed = False
        self.dropped = 0

    def takes(self, kind: type[Event]) -> bool:
        """True if it may want events of exactly this class."""
        return not self.kinds or issubclass(kind, self.kinds)

    def offer(self, event: Event) -> None:
        """Add `event`, whose class it takes, if it wants it. Under the lock."""
        if self._wants is not None and not self._wants(event):
            return
        if self.brief and isinstance(event, FrequentEvent):
            self._replace_latest(event)
        elif event.droppable:
            self.dropped += self._droppable.append(event)
        else:
            self._kept.append(event)
        self._tell()

    def take(self, timeout: float | None = None) -> list[Event]:
        """All waiting events in order; waits up to `timeout` seconds (None: for ever) for the first.

        Returns:
            An empty list when the time is over or the subscription is closed.
        """
        with self._changed:
            if not self.waiting and timeout != 0:
                self._awaiting += 1
                self._changed.wait_for(lambda: self.waiting or self._closed, timeout)
                self._awaiting -= 1
            return self.drain()

    def drain(self) -> list[Event]:
        """All waiting events in order. Under the lock."""
        waiting, self._kept = self._kept, []
        if self._droppable or self._latest:
            waiting += [*self._droppable, *self._latest.values()]
            waiting.sort(key=lambda event: event.seq)
            self._droppable.clear()
            self._latest.clear()
        return waiting

    @property
    def waiting(self) -> int:
        """How many events wait; for whoever must notice that the subscriber is slow."""
        return len(self._kept) + len(self._droppable) + len(self._latest)

    @property
    def is_closed(self) -> bool:
        """True once nothing more will come."""
        return self._closed

    def close(self) -> None:
        """Take nothing more and wake whoever waits. Harmless twice."""
        with self._changed:
            self._closed = True
            self._tell()

    def _tell(self) -> None:
        if self._awaiting:  # a thread that is at work looks again by itself
            self._changed.notify_all()
        if self._wake is not None:
            self._wake()

    def _replace_latest(self, event: FrequentEvent) -> None:
        before = self._latest.get(event.sort)
        if before is not None:
            event = replace(event, skipped=event.skipped + before.skipped + 1)
        self._latest[event.sort] = event
