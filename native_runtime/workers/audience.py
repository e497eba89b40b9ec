"""Which news of jobs anybody listens to: workers tell nothing else, and a job that nobody watches costs the app nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from native_runtime.processes.events import OutputReceived
from native_runtime.queue.events import (
    BatchFinished,
    JobCancelled,
    JobFailed,
    JobProgress,
    JobQueued,
    JobRetrying,
    JobStarted,
    JobSucceeded,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.events import Event, EventBus

LINGER: Final = 30.0  # seconds; a page that lost its connection comes back and wants what it missed

KINDS: Final[Mapping[str, type[Event]]] = {
    "queued": JobQueued,
    "started": JobStarted,
    "progress": JobProgress,
    "succeeded": JobSucceeded,
    "retrying": JobRetrying,
    "failed": JobFailed,
    "cancelled": JobCancelled,
    "batch": BatchFinished,
    "output": OutputReceived,  # where it comes from, not what it is
}
"""The events by the words of docs/control-channel.md."""


class Audience:
    """Follows who listens to the bus. Safe from any thread.

    Args:
        bus: Knows its listeners.
        tell: Called with the kinds that are wanted, whenever they change; must return at once.
        linger: Seconds for which a kind is told on after its last listener has left.
    """

    def __init__(
        self, bus: EventBus, *, tell: Callable[[frozenset[str]], None], linger: float = LINGER
    ) -> None:
        self._bus = bus
        self._tell = tell
        self._linger = linger
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self.wanted: frozenset[str] = frozenset()

    def start(self) -> None:
        """Begin to follow. Harmless twice."""
        self._bus.on_listeners = self._look
        if len(self.wanted) < len(KINDS):
            self._bus.complete_since = None
        self._look()

    def stop(self) -> None:
        """Follow no more; what is wanted stays as it is. Harmless twice, or before `start`."""
        self._bus.on_listeners = lambda: None
        with self._lock:
            self._end_timer()

    def _look(self) -> None:
        with self._lock:
            listened = self._listened()
            self._end_timer()
            if listened - self.wanted:
                self._want(self.wanted | listened)
            if self.wanted - listened:
                self._timer = threading.Timer(self._linger, self._let_go)
                self._timer.daemon = True
                self._timer.start()

    def _let_go(self) -> None:
        with self._lock:
            listened = self._listened()
            self._timer = None
            if listened != self.wanted:
                self._want(listened)

    def _listened(self) -> frozenset[str]:
        return frozenset(kind for kind, event in KINDS.items() if self._bus.listens_to(event))

    def _want(self, kinds: frozenset[str]) -> None:
        was_complete = len(self.wanted) == len(KINDS)
        self.wanted = kinds
        self._tell(kinds)
        if was_complete != (len(kinds) == len(KINDS)):
            # Whoever comes back from a time of which not everything was told has to begin anew.
            self._bus.complete_since = None if was_complete else self._bus.last_seq

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
