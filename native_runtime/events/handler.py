"""A subscriber that is a function: its own thread calls it, one event after the other."""

from __future__ import annotations

import logging
import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from native_runtime.errors import FeedbackLoopError
from native_runtime.events import loop_guard
from native_runtime.events.cause import caused_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.events.cause import Cause
    from native_runtime.events.event import Event
    from native_runtime.events.subscription import Subscription

HANDLER_THREAD: Final = "native-runtime handler"
"""How the names of the threads begin on which handlers run."""

_REMEMBERED: Final = 64  # deliveries of which is known when they were
_TOLERANCE: Final = 0.02  # seconds by which a file's time may lie beside that of the write

log = logging.getLogger("native_runtime.events")


def name_of(function: Callable[..., object]) -> str:
    """As a step of a chain: the same for whatever does the same, so that a circle can be recognised."""
    if isinstance(function, partial):
        return name_of(function.func)
    return str(getattr(function, "__qualname__", type(function).__qualname__))


class Handler:
    """Calls `function` for each event of `subscription`, off the GUI thread and off the supervisor's loop.

    An exception is logged and the next event is delivered. What the function publishes or dispatches
    carries the event as its cause; an event at the end of a chain that feeds itself is not delivered.
    """

    def __init__(
        self,
        function: Callable[[Any], object],
        subscription: Subscription,
        *,
        on_refused: Callable[[FeedbackLoopError], None],
        clock: Clock,
    ) -> None:
        self._function = function
        self._subscription = subscription
        self._on_refused = on_refused
        self._clock = clock
        self._deliveries: deque[tuple[float, float, Cause]] = deque(maxlen=_REMEMBERED)
        self._name = name_of(function)
        self._thread = threading.Thread(target=self._run, name=f"{HANDLER_THREAD} {self._name}", daemon=True)

    def start(self) -> None:
        """Begin to deliver; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Take nothing more; what waits is still delivered. Returns at once."""
        self._subscription.close()

    def join(self, timeout: float) -> None:
        """Wait until what waited is delivered. A handler that hangs is left behind after `timeout` seconds."""
        if threading.current_thread() is not self._thread:
            self._thread.join(max(0.0, timeout))

    def cause_at(self, epoch: float) -> Cause | None:
        """What it would have caused at a time at which it was at work; None if it was not."""
        near = [
            cause
            for began, ended, cause in list(self._deliveries)
            if began - _TOLERANCE <= epoch <= ended + _TOLERANCE
        ]
        return max(near, key=lambda cause: cause.depth, default=None)

    def _run(self) -> None:
        while True:
            events = self._subscription.take()
            for event in events:
                self._deliver(event)
            if not events and self._subscription.is_closed:
                return

    def _deliver(self, event: Event) -> None:
        step = f"{event.type} → {self._name}"
        # Every circle of events passes through a handler, so this is where it is cut.
        refused = loop_guard.refusal(event.cause, step)
        if refused is not None:
            self._on_refused(refused)
            return
        cause = event.cause.then(step)
        began = self._clock.epoch()
        with caused_by(cause):
            try:
                self._function(event)
            except FeedbackLoopError as error:  # of a job that it wanted to dispatch
                self._on_refused(error)
            except Exception:  # the boundary of a subscriber: one bad handler must not silence the others
                log.exception("handler %s failed on %s (seq %d)", self._name, event.type, event.seq)
        if not event.droppable:
            self._deliveries.append((began, self._clock.epoch(), cause))
