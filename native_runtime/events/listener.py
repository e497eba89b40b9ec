"""A function that hears of events: called with each, guarded against circles, and alone with its exceptions."""

from __future__ import annotations

import inspect
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from native_runtime.errors import FeedbackLoopError
from native_runtime.events import loop_guard
from native_runtime.events.cause import CURRENT, NO_CAUSE
from native_runtime.events.deeds import Deeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.events.cause import Cause
    from native_runtime.events.event import Event

log = logging.getLogger("native_runtime.events")


def name_of(function: Callable[..., object]) -> str:
    """As a step of a chain: the same for whatever does the same, so that a circle can be recognised."""
    if isinstance(function, partial):
        return name_of(function.func)
    return str(getattr(function, "__qualname__", type(function).__qualname__))


class Listener:
    """Calls `function` with events, on whichever thread it is told to.

    An exception is logged. What the function publishes or dispatches carries the event as its cause; an event at the
    end of a chain that feeds itself is not delivered.

    Raises:
        TypeError: It is no function, or an async one: nobody would await what it returns.
    """

    def __init__(
        self,
        function: Callable[[Any], object],
        *,
        on_refused: Callable[[FeedbackLoopError], None],
        clock: Clock,
    ) -> None:
        self.name = name_of(function)
        if not callable(function):
            raise TypeError(f"handler: expected a function that takes an event, got {function!r}")
        if inspect.iscoroutinefunction(function):
            raise TypeError(
                f"handler {self.name} is async and would never be awaited; "
                "pass a function, or use `async for event in runtime.events(…)`"
            )
        self.deeds = Deeds(clock)
        self._function = function
        self._on_refused = on_refused
        self._first_steps: dict[type[Event], Cause] = {}

    def hear(self, event: Event) -> None:
        """Call the function, unless that would close a circle. Does not raise."""
        cause = self._cause(event)
        if cause is None:
            return
        self.deeds.turn_to(cause)
        token = CURRENT.set(cause)
        try:
            self._function(event)
        except FeedbackLoopError as error:  # of a job that it wanted to dispatch
            self._on_refused(error)
        except Exception:  # the boundary of a subscriber: one bad handler must not silence the others
            log.exception("handler %s failed on %s (seq %d)", self.name, event.type, event.seq)
        finally:
            CURRENT.reset(token)

    def _cause(self, event: Event) -> Cause | None:
        """The cause of what the function does about `event`; None if it must not be called."""
        if event.cause is not NO_CAUSE:
            return self._next(event)
        first = self._first_steps.get(type(event))
        if first is None:
            first = self._first_steps[type(event)] = NO_CAUSE.then(self._step(event))
        return first

    def _next(self, event: Event) -> Cause | None:
        step = self._step(event)
        # Every circle of events passes through a handler, so this is where it is cut.
        refused = loop_guard.refusal(event.cause, step)
        if refused is not None:
            self._on_refused(refused)
            return None
        return event.cause.then(step)

    def _step(self, event: Event) -> str:
        return f"{event.type} → {self.name}"
