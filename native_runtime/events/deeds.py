"""When a handler was at work, and what it would have caused: for what it does past the bus and is only seen later."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.clock import Clock
    from native_runtime.events.cause import Cause

_REMEMBERED: Final = 64  # spells of work of one handler
_TOLERANCE: Final = (
    0.02  # seconds by which a file's time may lie before the write: systems note that of their last tick
)


class _Deed:
    """A spell of work from one cause; `ended` is epoch seconds too, infinite as long as it goes on."""

    __slots__ = ("began", "cause", "ended")

    def __init__(self, cause: Cause, began: float) -> None:
        self.cause = cause
        self.began = began
        self.ended = math.inf


class Deeds:
    """The latest spells of work of one handler. Written by its thread, read by any.

    Time is read only where the cause changes, for a handler may be called a hundred thousand times a second.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest: deque[_Deed] = deque(maxlen=_REMEMBERED)
        self._now: _Deed | None = None

    def turn_to(self, cause: Cause) -> None:
        """From now on, work is done because of `cause`."""
        if self._now is not None and self._now.cause is cause:
            return
        self.rest()
        self._now = _Deed(cause, self._clock.epoch())
        self._latest.append(self._now)

    def rest(self) -> None:
        """Nothing is done for now."""
        if self._now is not None:
            self._now.ended = self._clock.epoch()
            self._now = None

    def cause_at(self, epoch: float) -> Cause | None:
        """The longest chain from which something was done at that time; None if nothing was."""
        near = [deed.cause for deed in list(self._latest) if deed.began - _TOLERANCE <= epoch <= deed.ended]
        return max(near, key=lambda cause: cause.depth, default=None)
