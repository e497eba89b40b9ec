"""A listener with a thread of its own, which calls it with one event after the other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.events.event import Event
    from native_runtime.events.listener import Listener
    from native_runtime.events.subscription import Subscription

HANDLER_THREAD: Final = "native-runtime handler"
"""How the names of the threads begin on which handlers run."""


class Handler:
    """Calls `listener` for each event of `subscription`, off the GUI thread and off the supervisor's loop."""

    def __init__(self, listener: Listener, subscription: Subscription) -> None:
        self._listener = listener
        self._subscription = subscription
        self._has_left = False
        name = f"{HANDLER_THREAD} {listener.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to deliver; returns at once."""
        self._thread.start()

    def leave(self) -> None:
        """Hear of nothing more, whatever waits; a call that goes on is not interrupted. Returns at once."""
        self._has_left = True
        self._subscription.close()

    def close(self) -> None:
        """Take nothing more; what waits is still delivered. Returns at once."""
        self._subscription.close()

    def join(self, timeout: float) -> None:
        """Wait until what waited is delivered. A handler that hangs is left behind after `timeout` seconds."""
        if threading.current_thread() is not self._thread:
            self._thread.join(max(0.0, timeout))

    def _run(self) -> None:
        while self._deliver(self._subscription.take()):
            pass

    def _deliver(self, events: list[Event]) -> bool:
        """False at the end."""
        for event in events:
            if self._has_left:
                return False
            self._listener.hear(event)
        self._listener.deeds.rest()
        return bool(events)
