"""The bus: stamps events, keeps the latest for those who come back, and hands each to its subscribers."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, TypeVar

from native_runtime.events.cause import NO_CAUSE, Cause, current_cause
from native_runtime.events.event import Event, may_be_dropped, overlap, stamp
from native_runtime.events.filter import matching
from native_runtime.events.iterator import Events
from native_runtime.events.journal import Journal
from native_runtime.events.listener import Listener
from native_runtime.events.listeners import Listeners
from native_runtime.events.loop_guard import is_known
from native_runtime.events.refused_loop import FeedbackLoopRefused
from native_runtime.events.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.errors import FeedbackLoopError
    from native_runtime.events.delivery import Deliver

CLOSING_TIME: Final = 2.0  # seconds that all handlers together have for what waits
_UNUSED: Final = 64  # latest numbers of no event that are remembered

E = TypeVar("E", bound="Event")

log = logging.getLogger("native_runtime.events")


class EventBus:
    """Delivers events directly, never through the job queue. Safe from any thread.

    `publish` only appends to the subscribers' queues; it never calls a handler, so publishing from a
    handler is queued behind the current event, not nested in it.

    Attributes:
        complete_since: By a class of which not everything is published always: since which `seq` everything is; None
            means not now. Classes that do not stand there always are.
        brief_since: The same where the latest of each sort is enough.
        on_listeners: Called after whoever listens has changed.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seq = 0
        self._unused: deque[int] = deque(maxlen=_UNUSED)
        self._journal = Journal()
        self._subscriptions: tuple[Subscription, ...] = ()
        self._takers: dict[type[Event], tuple[Subscription, ...]] = {}  # as far as was asked for
        self._listeners = Listeners(lock=self._lock, clock=clock, unsubscribe=self.unsubscribe)
        self._refused: list[tuple[str, ...]] = []
        self.on_listeners: Callable[[], None] = lambda: None
        self.complete_since: dict[type[Event], int | None] = {}
        self.brief_since: dict[type[Event], int | None] = {}

    def publish(self, event: E, *, cause: Cause | None = None) -> E:
        """Stamp `event` and hand it to every subscriber that wants it.

        Args:
            event: The fact; its `seq`, times and cause are filled in here. One that was published before is copied.
            cause: What led to it; by default the cause current in this thread.

        Returns:
            The stamped event.

        Raises:
            TypeError: `event` is none.
        """
        if not isinstance(event, Event):
            raise TypeError(f"bus.publish: expected an event, such as ProcessExited(…), got {event!r}")
        if cause is None:
            cause = current_cause()
        with self._lock:
            self._seq = seq = self._seq + 1
            clock = self._clock
            event = stamp(event, seq=seq, at=clock.utc(), monotonic=clock.monotonic(), cause=cause)
            self._journal.append(event)
            # Offered under the lock, so that every subscriber sees the order of `seq`.
            takers = self._takers.get(type(event))
            for subscription in self._find_takers(type(event)) if takers is None else takers:
                subscription.offer(event)
        return event

    def on(
        self,
        kind: type[E],
        function: Callable[[E], object],
        *,
        deliver: Deliver | None = None,
        brief: bool = False,
        **fields: object,
    ) -> Callable[[], None]:
        """Call `function` with each event of class `kind` whose fields equal the given ones.

        Args:
            kind: An event class; a base class takes all below it.
            function: Called with one event at a time.
            deliver: The way into a loop of the app's own that is to call it, such as a GUI's. All functions with the same
                one hear of events in their order. By default each function has a thread of its own.
            brief: Of frequent events the latest of each sort are enough.
            **fields: For instance `name="worker-1"`.

        Returns:
            Call it to end the subscription: no call begins after that, whatever waits.

        Raises:
            TypeError: `kind` is no event class, `function` is no function or async, or events of this class have no such field.
        """
        listener = Listener(function, on_refused=self.tell_refused, clock=self._clock)
        wants = matching((kind,), fields)
        if deliver is None:
            subscription = self.subscribe(kind, wants=wants, brief=brief, is_handler=True)
            return self._listeners.on_own_thread(listener, subscription)
        return self._listeners.in_loop(
            listener,
            deliver,
            lambda wake: self.subscribe(kind, wants=wants, brief=brief, is_handler=True, wake=wake),
        )

    def events(
        self,
        *kinds: type[E],
        after: int | None = None,
        brief: bool = False,
        timeout: float | None = None,
        **fields: object,
    ) -> Events[E]:
        """Iterate over events, in a thread or in asyncio; see `Listening.events`."""
        wants = matching(kinds, fields)
        resumed = after is not None and self.can_resume(after, *kinds, brief=brief)
        return Events(
            subscribe=lambda wake: self.subscribe(
                *kinds, wants=wants, after=after if resumed else None, brief=brief, wake=wake
            ),
            leave=self.unsubscribe,
            resumed=resumed,
            timeout=timeout,
        )

    def subscribe(
        self,
        *kinds: type[Event],
        wants: Callable[[Any], bool] | None = None,
        after: int | None = None,
        brief: bool = False,
        is_handler: bool = False,
        wake: Callable[[], None] | None = None,
    ) -> Subscription:
        """Open a queue of events.

        Args:
            *kinds: Classes of the events to take, with all below them; none at all takes every event.
            wants: Which of those to take; by default all.
            after: Resume: first deliver the journal's events with a greater `seq` than this.
            brief: Of frequent events the latest of each sort are enough.
            is_handler: See `Subscription`.
            wake: Called from the publishing thread after each added event, and at the end; must return at once.
        """
        subscription = Subscription(
            lock=self._lock, kinds=kinds, wants=wants, wake=wake, brief=brief, is_handler=is_handler
        )
        with self._lock:
            if after is not None:
                self._replay(subscription, after)
            self._subscriptions = (*self._subscriptions, subscription)
            self._takers.clear()
        self.on_listeners()
        return subscription

    def listens_to(self, kind: type[Event], *, brief: bool = False) -> bool:
        """True if somebody wants events of class `kind`, or some of them.

        With `brief`, whoever wants them in brief only counts too.
        """
        return any((brief or not each.brief) and overlap(kind, each.kinds) for each in self._subscriptions)

    def handles(self, kind: type[Event]) -> bool:
        """True if a handler is called with events of class `kind`, or some of them, be it in brief."""
        return any(each.is_handler and overlap(kind, each.kinds) for each in self._subscriptions)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Close `subscription`. Harmless twice."""
        with self._lock:
            self._subscriptions = tuple(each for each in self._subscriptions if each is not subscription)
            self._takers.clear()
        subscription.close()
        self.on_listeners()

    @property
    def last_seq(self) -> int:
        """Sequence number of the newest event, or a later one that `skip` gave; 0 before the first."""
        return self._seq

    def skip(self) -> int:
        """A number that no event gets: whoever has seen one below it has seen nothing of what is told from now on."""
        with self._lock:
            self._seq += 1
            self._unused.append(self._seq)
            return self._seq

    def cause_at(self, epoch: float) -> Cause:
        """What a handler that was at work at that time (epoch seconds) would have caused; by default nothing.

        For what a handler does past the bus and is only seen later, as the edit of a file.
        """
        return self._listeners.cause_at(epoch)

    def can_resume(self, after: int, *kinds: type[Event], brief: bool = False) -> bool:
        """True if every lifecycle event of `kinds` after `after` was published, or with `brief` the latest, and is kept."""
        with self._lock:
            since = self.brief_since if brief else self.complete_since
            return (
                after <= self._seq
                and self._journal.reaches_back_to(after)
                and all(
                    begin is not None and after >= begin
                    for kind, begin in since.items()
                    if overlap(kind, kinds)
                )
            )

    def tell_refused(self, error: FeedbackLoopError) -> None:
        """A step was refused: publish and log it, once per circle, wherever that was cut. From any thread."""
        with self._lock:  # a circle that keeps being tried must not become a flood of its own
            is_news = not is_known(error.circle, self._refused)
            if is_news:
                self._refused.append(error.circle)
        if is_news:
            log.error("%s", error)
            refused = FeedbackLoopRefused(
                refused=error.refused, depth=error.depth, circle=error.circle, error=str(error)
            )
            self.publish(refused, cause=NO_CAUSE)

    def close(self) -> None:
        """Deliver what waits to the handlers, then end them and all subscriptions. Harmless twice."""
        with self._lock:
            subscriptions, self._subscriptions = self._subscriptions, ()
            self._takers.clear()
        self._listeners.close(within=CLOSING_TIME)
        for subscription in subscriptions:
            subscription.close()

    def _find_takers(self, kind: type[Event]) -> tuple[Subscription, ...]:
        takers = self._takers[kind] = tuple(each for each in self._subscriptions if each.takes(kind))
        return takers

    def _replay(self, subscription: Subscription, after: int) -> None:
        missed = self._journal.after(after)
        if self._journal.reaches_back_to(after) and may_be_dropped(subscription.kinds or (Event,)):
            # Lifecycle is complete, so what is missing in between is output and progress.
            unused = sum(seq > after for seq in self._unused)
            subscription.dropped += self._seq - after - len(missed) - unused
        for event in missed:
            if subscription.takes(type(event)):
                subscription.offer(event)
