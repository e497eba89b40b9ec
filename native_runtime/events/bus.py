"""The bus: stamps events, keeps the latest for those who come back, and hands each to its subscribers."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from native_runtime.events.cause import NO_CAUSE, Cause, current_cause
from native_runtime.events.handler import Handler
from native_runtime.events.loop_guard import same_circle
from native_runtime.events.recent import Recent
from native_runtime.events.refused_loop import FeedbackLoopRefused
from native_runtime.events.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.errors import FeedbackLoopError
    from native_runtime.events.event import Event

JOURNAL_LENGTH: Final = 10_000  # events kept for subscribers that resume
CLOSING_TIME: Final = 2.0  # seconds that all handlers together have for what waits
DROPPABLE_LENGTH: Final = 200  # of output and progress; fewer where they are long, see recent.py

E = TypeVar("E", bound="Event")

log = logging.getLogger("native_runtime.events")


class EventBus:
    """Delivers events directly, never through the job queue. Safe from any thread.

    `publish` only appends to the subscribers' queues; it never calls a handler, so publishing from a
    handler is queued behind the current event, not nested in it.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seq = 0
        self._journal: deque[Event] = deque(maxlen=JOURNAL_LENGTH)
        self._droppable_journal = Recent(most=DROPPABLE_LENGTH)
        self._subscriptions: tuple[Subscription, ...] = ()
        self._handlers: list[Handler] = []
        self._refused: set[tuple[str, ...]] = set()
        self.on_listeners: Callable[[], None] = lambda: None
        self.complete_since: int | None = 0
        self.brief_since: int | None = 0

    def publish(self, event: E, *, cause: Cause | None = None) -> E:
        """Stamp `event` and hand it to every subscriber that wants it.

        Args:
            event: The fact; its `seq`, times and cause are filled in here.
            cause: What led to it; by default the cause current in this thread.

        Returns:
            The stamped event.
        """
        cause = cause if cause is not None else current_cause()
        with self._lock:
            self._seq += 1
            stamped = replace(
                event, seq=self._seq, at=self._clock.utc(), monotonic=self._clock.monotonic(), cause=cause
            )
            (self._droppable_journal if stamped.droppable else self._journal).append(stamped)
            # Offered under the lock, so that every subscriber sees the order of `seq`.
            for subscription in self._subscriptions:
                subscription.offer(stamped)
        return stamped

    def on(self, kind: type[E], function: Callable[[E], object], **fields: object) -> Callable[[], None]:
        """Call `function` with each event of class `kind` whose fields equal the given ones.

        Args:
            kind: An event class; a base class takes all below it.
            function: Called on a thread of its own, one event at a time.
            **fields: For instance `name="worker-1"`.

        Returns:
            Call it to end the subscription.
        """

        def wants(event: Event) -> bool:
            return isinstance(event, kind) and all(
                getattr(event, name, None) == value for name, value in fields.items()
            )

        subscription = self.subscribe(wants, kind=kind)
        handler = Handler(function, subscription, on_refused=self.tell_refused, clock=self._clock)
        self._handlers.append(handler)
        handler.start()

        def unsubscribe() -> None:
            self.unsubscribe(subscription)
            if handler in self._handlers:
                self._handlers.remove(handler)

        return unsubscribe

    def subscribe(
        self,
        wants: Callable[[Event], bool] = lambda _event: True,
        *,
        kind: type[Event] | None = None,
        after: int | None = None,
        brief: bool = False,
        wake: Callable[[], None] = lambda: None,
    ) -> Subscription:
        """Open a queue of events.

        Args:
            wants: Which events to take.
            kind: A base class of all of them; None is any event.
            after: Resume: first deliver the journal's events with a greater `seq` than this.
            brief: Of frequent events the latest of each sort are enough.
            wake: Called from the publishing thread after each added event; must return at once.
        """
        subscription = Subscription(wants, wake=wake, kind=kind, brief=brief)
        with self._lock:
            if after is not None:
                self._replay(subscription, after)
            self._subscriptions = (*self._subscriptions, subscription)
        self.on_listeners()
        return subscription

    def listens_to(self, kind: type[Event], *, brief: bool = False) -> bool:
        """True if somebody wants events of class `kind`, or some of them.

        With `brief`, whoever wants them in brief only counts too.
        """
        return any(
            (brief or not each.brief)
            and (each.kind is None or issubclass(kind, each.kind) or issubclass(each.kind, kind))
            for each in self._subscriptions
        )

    def _replay(self, subscription: Subscription, after: int) -> None:
        kept = sorted((*self._journal, *self._droppable_journal), key=lambda event: event.seq)
        missed = [event for event in kept if event.seq > after]
        if self._reaches_back_to(after):
            # Lifecycle is complete, so what is missing in between is output and progress.
            subscription.dropped += self._seq - after - len(missed)
        for event in missed:
            subscription.offer(event)

    def _reaches_back_to(self, after: int) -> bool:
        return len(self._journal) < JOURNAL_LENGTH or self._journal[0].seq <= after + 1

    def unsubscribe(self, subscription: Subscription) -> None:
        """Close `subscription`. Harmless twice."""
        with self._lock:
            self._subscriptions = tuple(each for each in self._subscriptions if each is not subscription)
        subscription.close()
        self.on_listeners()

    @property
    def last_seq(self) -> int:
        """Sequence number of the newest event; 0 before the first."""
        return self._seq

    def cause_at(self, epoch: float) -> Cause:
        """What a handler that was at work at that time (epoch seconds) would have caused; by default nothing.

        For what a handler does past the bus and is only seen later, as the edit of a file.
        """
        causes = [cause for handler in list(self._handlers) if (cause := handler.cause_at(epoch)) is not None]
        return max(causes, key=lambda cause: cause.depth, default=NO_CAUSE)

    def can_resume(self, after: int, *, brief: bool = False) -> bool:
        """True if every lifecycle event after `after` was published, or with `brief` the latest, and is kept yet."""
        with self._lock:
            since = self.brief_since if brief else self.complete_since
            return since is not None and after >= since and self._reaches_back_to(after)

    def tell_refused(self, error: FeedbackLoopError) -> None:
        """A step was refused: publish and log it, once per circle, wherever that was cut. From any thread."""
        circle = same_circle(error.circle)
        with self._lock:  # a circle that keeps being tried must not become a flood of its own
            is_news = circle not in self._refused
            self._refused.add(circle)
        if is_news:
            log.error("%s", error)
            refused = FeedbackLoopRefused(
                refused=error.refused, depth=error.depth, circle=error.circle, error=str(error)
            )
            self.publish(refused, cause=NO_CAUSE)

    def close(self) -> None:
        """Deliver what waits to the handlers, then end them. Harmless twice."""
        deadline = self._clock.monotonic() + CLOSING_TIME
        for handler in self._handlers:
            handler.close()
        for handler in self._handlers:
            handler.join(deadline - self._clock.monotonic())
        self._handlers.clear()
        for subscription in self._subscriptions:
            subscription.close()
        self._subscriptions = ()
