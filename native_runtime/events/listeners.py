"""All functions that listen to a bus: each on a thread of its own, or together in a loop of the app's."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from native_runtime.events.cause import joined
from native_runtime.events.delivery import Delivery
from native_runtime.events.handler import Handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.events.cause import Cause
    from native_runtime.events.delivery import Deliver
    from native_runtime.events.listener import Listener
    from native_runtime.events.subscription import Subscription

log = logging.getLogger("native_runtime.events")


class Listeners:
    """Safe from any thread.

    Args:
        lock: The bus's.
        clock: Time.
        unsubscribe: Ends a subscription.
    """

    def __init__(
        self, *, lock: threading.Lock, clock: Clock, unsubscribe: Callable[[Subscription], None]
    ) -> None:
        self._bus_lock = lock
        self._clock = clock
        self._unsubscribe = unsubscribe
        self._lock = threading.Lock()
        self._handlers: dict[Handler, Listener] = {}
        self._deliveries: list[Delivery] = []

    def on_own_thread(self, listener: Listener, subscription: Subscription) -> Callable[[], None]:
        """Call `listener` on a thread of its own; returns what ends that."""
        handler = Handler(listener, subscription)
        with self._lock:
            self._handlers[handler] = listener
        handler.start()

        def leave() -> None:
            handler.leave()
            self._unsubscribe(subscription)
            with self._lock:
                self._handlers.pop(handler, None)

        return leave

    def in_loop(
        self,
        listener: Listener,
        deliver: Deliver,
        subscribe: Callable[[Callable[[], None]], Subscription],
    ) -> Callable[[], None]:
        """Call `listener` in the loop that `deliver` leads to; returns what ends that.

        Args:
            listener: What is called.
            deliver: The way into the loop; listeners with an equal one hear of events in one order.
            subscribe: Opens the subscription, given what to call whenever something comes.
        """
        with self._lock:
            delivery = self._delivery(deliver)
            subscription = subscribe(delivery.wake)
            delivery.add(subscription, listener)

        def leave() -> None:
            self._unsubscribe(subscription)
            with self._lock:
                if delivery.remove(subscription):
                    self._end(delivery)

        return leave

    def cause_at(self, epoch: float) -> Cause:
        """What the listeners that were at work at that time would have caused, any of them; or nothing."""
        with self._lock:
            in_loops = [listener for delivery in self._deliveries for listener in delivery.listeners]
            listeners = [*self._handlers.values(), *in_loops]
        causes = (listener.deeds.cause_at(epoch) for listener in listeners)
        return joined([cause for cause in causes if cause is not None])

    def close(self, *, within: float) -> None:
        """Deliver what waits to those with a thread of their own, then end all; `within` so many seconds."""
        deadline = self._clock.monotonic() + within
        with self._lock:
            ending: list[Handler | Delivery] = [*self._handlers, *self._deliveries]
            self._handlers.clear()
            self._deliveries.clear()
        for each in ending:
            each.close()
        for each in ending:
            each.join(deadline - self._clock.monotonic())

    def _delivery(self, deliver: Deliver) -> Delivery:
        for known in self._deliveries:
            if known.deliver == deliver:
                return known
        made = Delivery(deliver, lock=self._bus_lock, clock=self._clock, on_gone=self._have_gone)
        self._deliveries.append(made)
        made.start()
        return made

    def _have_gone(self, delivery: Delivery) -> None:
        log.info("the loop of %r is gone: its handlers are called no more", delivery.deliver)
        with self._lock:
            self._end(delivery)
        for subscription in delivery.subscriptions:
            self._unsubscribe(subscription)

    def _end(self, delivery: Delivery) -> None:
        if delivery in self._deliveries:
            self._deliveries.remove(delivery)
        delivery.close()
