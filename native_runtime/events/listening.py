"""What an app hears of events with: `runtime.on` and `runtime.events`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from native_runtime.events.bus import EventBus

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.events.delivery import Deliver
    from native_runtime.events.event import Event
    from native_runtime.events.iterator import Events

E = TypeVar("E", bound="Event")


class Listening:
    """Has a bus, and lets the app listen to it. From any thread, before, while and after it runs.

    Attributes:
        bus: All events; the app publishes its own there.
    """

    def __init__(self, clock: Clock) -> None:
        self.bus: Final = EventBus(clock=clock)

    def on(
        self,
        kind: type[E],
        handler: Callable[[E], object],
        *,
        deliver: Deliver | None = None,
        brief: bool = False,
        **fields: object,
    ) -> Callable[[], None]:
        """Call `handler` with each event of class `kind` whose fields equal the given ones.

        Args:
            kind: An event class; a base class takes all below it.
            handler: Called with one event at a time, by default on a thread of its own.
            deliver: Call it in a loop of the app's own instead: of a GUI (`native_runtime.desktop.tk.deliver(root)`,
                `native_runtime.desktop.qt.deliver()`), of asyncio (`loop.call_soon_threadsafe`), or whatever else has a
                function called soon and may be called from any thread. Handlers with the same one hear of events in
                their order, and for no more than half of the loop's time.
            brief: Of frequent events, as those of jobs, the latest of each sort are enough.
            **fields: For instance `name="worker-1"`.

        Returns:
            Call it to listen no more: no call begins after that.

        Raises:
            TypeError: `kind` is no event class, `handler` is no function or async, `deliver` is no function, or events of this
                class have no such field.
        """
        if deliver is not None and not callable(deliver):
            raise TypeError(
                "runtime.on: deliver: expected a way into a loop, a function such as loop.call_soon_threadsafe, "
                f"got {deliver!r}"
            )
        return self.bus.on(kind, handler, deliver=deliver, brief=brief, **fields)

    @overload
    def events(
        self,
        *,
        after: int | None = None,
        brief: bool = False,
        timeout: float | None = None,
        **fields: object,
    ) -> Events[Event]: ...

    @overload
    def events(
        self,
        *kinds: type[E],
        after: int | None = None,
        brief: bool = False,
        timeout: float | None = None,
        **fields: object,
    ) -> Events[E]: ...

    def events(
        self,
        *kinds: type[Any],
        after: int | None = None,
        brief: bool = False,
        timeout: float | None = None,
        **fields: object,
    ) -> Events[Any]:
        """Iterate over events, by `for` in a thread or by `async for` in asyncio.

        Args:
            *kinds: Event classes, each with all below it; none at all takes every event.
            after: Begin behind this `seq`, as far as that can be had: see `Events.resumed`. By default with what
                happens from now on.
            brief: Of frequent events, as those of jobs, the latest of each sort are enough.
            timeout: Seconds without an event after which iterating raises TimeoutError; None waits for ever.
            **fields: What the events' fields must equal.

        Returns:
            It listens at once, until it is closed or the runtime stops: use it in `with`, or call its `close`.

        Raises:
            TypeError: One of `kinds` is no event class, or events of such a class have no such field.
        """
        return self.bus.events(*kinds, after=after, brief=brief, timeout=timeout, **fields)
