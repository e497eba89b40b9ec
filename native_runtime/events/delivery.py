"""Listeners that a loop of the app's own calls, such as a GUI's: in the order of events, and never for long at once."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from native_runtime.events.handler import HANDLER_THREAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.events.event import Event
    from native_runtime.events.listener import Listener
    from native_runtime.events.subscription import Subscription

TURN: Final = 0.008  # seconds, half a frame; after that the loop has its window to paint
PAUSE: Final = 0.004  # seconds, at least, in which the loop is left in peace after a turn
LOOK: Final = (
    1.0  # seconds after which it is asked whether a loop that does not come to its turn is still there
)

log = logging.getLogger("native_runtime.events")


class Deliver(Protocol):
    """Has a loop call a function soon, on the loop's own thread; may be called from any thread.

    Raises:
        RuntimeError: The loop is gone.
    """

    def __call__(self, function: Callable[[], None], /) -> object:
        """Take the function and return."""
        ...


class Delivery:
    """All listeners of one bus that one loop calls.

    A thread waits for events, so that neither publishers nor the bus depend on what `deliver` does; there is one turn of
    the loop under way at a time. After each turn the loop is left in peace for as long as that turn took. So a flood
    takes at most half of the loop's time, and waits in the subscriptions, which are bounded as always.

    Args:
        deliver: The way into the loop.
        lock: The bus's.
        clock: Time.
        on_gone: Called, once, when the loop is found to be gone.
    """

    def __init__(
        self, deliver: Deliver, *, lock: threading.Lock, clock: Clock, on_gone: Callable[[Delivery], None]
    ) -> None:
        self.deliver: Final = deliver
        self._clock = clock
        self._on_gone = on_gone
        self._changed = threading.Condition(lock)
        self._listeners: list[tuple[Subscription, Listener]] = []
        self._hand: deque[tuple[Event, Subscription, Listener]] = deque()  # of the turn under way
        self._took = 0.0  # seconds
        self._turned = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{HANDLER_THREAD} delivery", daemon=True)

    def start(self) -> None:
        """Begin to deliver; returns at once."""
        self._thread.start()

    def wake(self) -> None:
        """Something waits. Under the lock."""
        self._changed.notify_all()

    def add(self, subscription: Subscription, listener: Listener) -> None:
        """Call `listener` with what comes by `subscription`."""
        with self._changed:
            self._listeners.append((subscription, listener))
            self._changed.notify_all()

    def remove(self, subscription: Subscription) -> bool:
        """Call its listener no more, whatever waits. True if no listener is left."""
        with self._changed:
            self._listeners = [each for each in self._listeners if each[0] is not subscription]
            return not self._listeners

    @property
    def subscriptions(self) -> list[Subscription]:
        """Of all listeners."""
        return [subscription for subscription, _ in self._listeners]

    @property
    def listeners(self) -> list[Listener]:
        """Whom it calls."""
        return [listener for _, listener in self._listeners]

    def close(self) -> None:
        """Call nobody any more; what waits is not delivered, for the window may be gone. Returns at once."""
        self._closed.set()
        self._turned.set()
        with self._changed:
            self._changed.notify_all()

    def join(self, timeout: float) -> None:
        """Wait until its thread has ended; left behind after `timeout` seconds."""
        if threading.current_thread() is not self._thread:
            self._thread.join(max(0.0, timeout))

    def _run(self) -> None:
        while self._wait() and self._have_called(self._turn) and self._wait_for_turn():
            self._closed.wait(max(PAUSE, self._took))

    def _wait(self) -> bool:
        """Wait until there is something to tell; False at the end."""
        self._turned.clear()  # before it is asked for the end, which sets it
        with self._changed:
            self._changed.wait_for(lambda: self._closed.is_set() or self._hand or self._is_told())
        return not self._closed.is_set()

    def _is_told(self) -> bool:
        return any(subscription.waiting for subscription, _ in self._listeners)

    def _have_called(self, function: Callable[[], None]) -> bool:
        """False if the loop is gone."""
        try:
            self.deliver(function)
        except Exception as error:  # whatever the app's own way into its loop raises
            if not isinstance(error, RuntimeError):
                log.exception("%r takes no events any more; its handlers are called no more", self.deliver)
            self.close()
            self._on_gone(self)
            return False
        return True

    def _wait_for_turn(self) -> bool:
        """False if the loop went before its turn came."""
        while not self._turned.wait(LOOK):
            if not self._have_called(_nothing):
                return False
        return True

    def _turn(self) -> None:
        """On the loop's thread."""
        began = self._clock.monotonic()
        try:
            self._call_until(began + TURN)
        finally:
            self._took = self._clock.monotonic() - began
            self._turned.set()

    def _call_until(self, end: float) -> None:
        """Call listeners, in order, until all that waited is told or the time is over."""
        if not self._hand:
            self._hand = self._take()
        while self._hand and not self._closed.is_set():
            event, subscription, listener = self._hand.popleft()
            if not subscription.is_closed:
                listener.hear(event)
                listener.deeds.rest()
            if self._clock.monotonic() >= end:
                return

    def _take(self) -> deque[tuple[Event, Subscription, Listener]]:
        """All that waits; one event comes to its listeners in the order in which they were added."""
        with self._changed:
            waiting = [
                (event, subscription, listener)
                for subscription, listener in self._listeners
                for event in subscription.drain()
            ]
        waiting.sort(key=lambda each: each[0].seq)
        return deque(waiting)


def _nothing() -> None:
    """Asked of a loop to find out whether it is there."""
