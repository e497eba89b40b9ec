"""Who listens takes turns: a crowd of listeners must not keep the rest of the app from working."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE: Final = 8  # listeners that are told in one go
REST: Final = 0.001  # seconds between two goes


class Turns:
    """Calls functions in the gateway's loop when something has happened, some at once and the rest a little later.

    Telling a listener keeps the interpreter busy for a moment; telling hundreds of them in one go would keep the
    supervisor's thread, which publishes what they are told, waiting for as long as Python lets one thread run.

    Args:
        loop: Where the functions are called.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_announced = False

    def wait(self, function: Callable[[], None]) -> None:
        """Have `function` called. From any thread; returns at once."""
        self._waiting.append(
            function
        )  # before the look at what was announced: `_go` looks in the other order
        if not self._is_announced:
            self._is_announced = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped
                self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        if len(self._waiting) > AT_ONCE:  # a crowd: whoever has published goes on first
            self._loop.call_later(REST, self._go)
        else:
            self._go()

    def _go(self) -> None:
        for _ in range(min(AT_ONCE, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            self._loop.call_later(REST, self._go)
            return
        self._is_announced = False
        if self._waiting:  # came in between, and found it announced
            self._is_announced = True
            self._loop.call_soon(self._go)
