"""Which news of jobs anybody listens to: workers tell nothing else, and a job that nobody watches costs the app nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from native_runtime.events import FrequentEvent
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
from native_runtime.queue.wanted import Wanted

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


_OF_JOBS: Final = frozenset(kind for kind, event in KINDS.items() if issubclass(event, FrequentEvent))
_TOLD_BY_WORKERS: Final = {kind: event for kind, event in KINDS.items() if kind != "output"}
_SELDOM: Final = frozenset({"batch"})  # told in full to whoever wants brief news, too


class Audience:
    """Follows who listens to the bus. Safe from any thread.

    Args:
        bus: Knows its listeners.
        tell: Called with the kinds that are wanted, whenever they change; must return at once, and not raise. False if
            workers could not be told: they are when somebody listens or leaves next.
        linger: Seconds for which a kind is told on after its last listener has left.
    """

    def __init__(self, bus: EventBus, *, tell: Callable[[Wanted], bool], linger: float = LINGER) -> None:
        self._bus = bus
        self._tell = tell
        self._linger = linger
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self.wanted = Wanted()

    def start(self) -> None:
        """Begin to follow. Harmless twice."""
        self._bus.on_listeners = self._look
        self._bus.complete_since = _untold(self._bus.complete_since, but=self.wanted.all)
        self._bus.brief_since = _untold(self._bus.brief_since, but=self.wanted.any)
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
            wanted = self.wanted.joined(listened)
            if wanted != self.wanted:
                self._want(wanted)
            if self.wanted != listened:
                self._timer = threading.Timer(self._linger, self._let_go)
                self._timer.daemon = True
                self._timer.start()

    def _let_go(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return  # somebody came or went in this very moment, and has set another
            listened = self._listened()
            self._timer = None
            if listened != self.wanted:
                self._want(listened)

    def _listened(self) -> Wanted:
        everything = frozenset(kind for kind, event in KINDS.items() if self._listens_to_all_of(kind, event))
        brief = frozenset(kind for kind in _OF_JOBS if self._bus.listens_to(KINDS[kind], brief=True))
        return Wanted(everything, brief - everything)

    def _listens_to_all_of(self, kind: str, event: type[Event]) -> bool:
        if kind == "output":  # a circle must be seen also where its handler is content with brief news
            return self._bus.listens_to(event) or self._bus.handles(event)
        return self._bus.listens_to(event, brief=kind in _SELDOM)

    def _want(self, wanted: Wanted) -> None:
        before = self.wanted
        if not self._tell(wanted):
            return
        self.wanted = wanted
        # Whoever comes back from a time of which not everything was told has to begin anew: also who has seen the
        # latest event, since what was not told has no number.
        seq = self._bus.skip()
        _note(self._bus.complete_since, before.all, wanted.all, seq)
        _note(self._bus.brief_since, before.any, wanted.any, seq)

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _untold(since: Mapping[type[Event], int | None], *, but: frozenset[str]) -> dict[type[Event], int | None]:
    """Nothing that workers tell is told yet, but for some kinds."""
    return {event: since.get(event, 0) if kind in but else None for kind, event in _TOLD_BY_WORKERS.items()}


def _note(
    since: dict[type[Event], int | None], before: frozenset[str], now: frozenset[str], seq: int
) -> None:
    """Note since when each kind is told whose telling has begun or ended."""
    for kind in before ^ now:
        if kind in _TOLD_BY_WORKERS:
            since[_TOLD_BY_WORKERS[kind]] = seq if kind in now else None
