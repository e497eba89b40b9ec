"""Events as an iterator, for threads and for asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.events.event import Event
    from native_runtime.events.subscription import Subscription

E = TypeVar("E", bound="Event")

TURN: Final = 0.008  # seconds, half a frame; after that an asyncio loop does something else, too


class Events(Generic[E]):
    """What `runtime.events(…)` returns: `for event in …`, `async for event in …`, or `take`, by one consumer.

    It hears from the moment it is made, also before it is iterated, and until it is closed (`with`, `async with` or
    `close`) or the runtime stops; what came before that is still told.

    Attributes:
        resumed: True if nothing is missing behind the number that was given as `after`, but for `missed`; False if
            too much happened since, or not everything was told: begin anew from the state as it is.

    Args:
        subscribe: Opens the subscription, given what to call whenever something comes.
        leave: Ends it.
        resumed: See above.
        timeout: Seconds without an event after which iterating raises; None waits for ever.
    """

    def __init__(
        self,
        *,
        subscribe: Callable[[Callable[[], None]], Subscription],
        leave: Callable[[Subscription], None],
        resumed: bool,
        timeout: float | None,
    ) -> None:
        self.resumed: Final = resumed
        self._timeout = timeout
        self._leave = leave
        self._hand: deque[Any] = deque()  # taken, and not told yet
        self._wake: Callable[[], object] | None = None
        self._turn_ends = 0.0
        self._subscription = subscribe(self._has_come)

    @property
    def missed(self) -> int:
        """How many events of output and progress were dropped: too many waited, or they are too long ago to resume.

        What is too long ago is counted whether it would have been told here or not.
        """
        return self._subscription.dropped

    @property
    def is_closed(self) -> bool:
        """True once nothing more will come; what waits is still told."""
        return self._subscription.is_closed

    def take(self, timeout: float | None = None) -> list[E]:
        """All events that wait, in order; waits for the first.

        Args:
            timeout: Seconds; None waits for ever.

        Returns:
            An empty list when the time is over, or it is closed.
        """
        if not self._hand:
            return self._subscription.take(timeout)  # type: ignore[return-value]  # it takes no others
        waiting = list(self._hand)
        self._hand.clear()
        return waiting

    def close(self) -> None:
        """End it, and whoever waits for an event. Harmless twice."""
        self._leave(self._subscription)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> E:
        if not self._hand:
            self._hand.extend(self._subscription.take(self._timeout))
        if not self._hand:
            if not self.is_closed:
                raise TimeoutError(self._nothing_came())
            raise StopIteration
        event: E = self._hand.popleft()
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        loop = asyncio.get_running_loop()
        if not self._hand:
            await self._refill(loop)
        elif loop.time() > self._turn_ends:
            await asyncio.sleep(0)  # a flood must not keep the loop from its window
            self._turn_ends = loop.time() + TURN
        event: E = self._hand.popleft()
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        self.close()

    async def _refill(self, loop: asyncio.AbstractEventLoop) -> None:
        has_come = asyncio.Event()
        while not self._hand:
            has_come.clear()
            self._wake = partial(loop.call_soon_threadsafe, has_come.set)
            was_closed = self.is_closed  # looked at first: what came before it is told
            self._hand.extend(self._subscription.take(0))
            if not self._hand:
                if was_closed:
                    raise StopAsyncIteration
                await self._until(has_come)
        self._turn_ends = loop.time() + TURN

    async def _until(self, has_come: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await has_come.wait()
        except TimeoutError as error:
            raise TimeoutError(self._nothing_came()) from error

    def _has_come(self) -> None:
        """Called by publishers, under the lock of the bus."""
        wake, self._wake = self._wake, None
        if wake is not None:
            with suppress(RuntimeError):  # the loop is closed
                wake()

    def _nothing_came(self) -> str:
        kinds = " or ".join(kind.__name__ for kind in self._subscription.kinds) or "event"
        return f"no {kinds} came within {self._timeout:g} s"
