"""Who lives: told to the guardian, and noted in the ledger for the next start, soon after each spawn."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from native_runtime.processes.identity import identity_of

if TYPE_CHECKING:
    import asyncio

    from native_runtime.processes.guard import Guard
    from native_runtime.processes.ledger import Ledger

# On Linux whoever looks for our descendants finds them by the marker they bear from their first instruction; the
# census is the second proof. So it gives way to the start of the child, and of those that start together with it.
PAUSE: Final = 0.02 if sys.platform == "linux" else 0.0  # seconds
_AT_ONCE: Final = 16  # entries made without letting the loop attend to anything else


class Census:
    """Owned by the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, guard: Guard, ledger: Ledger) -> None:
        self._loop = loop
        self._guard = guard
        self._ledger = ledger
        self._newcomers: dict[int, str] = {}
        self._visit: asyncio.Handle | None = None

    def enter(self, name: str, pid: int) -> None:
        """A child was spawned; it is not reaped before `leave`, so its pid stays its own until then."""
        self._newcomers[pid] = name
        if not PAUSE:
            self._enter_some()
        elif self._visit is None:
            self._visit = self._loop.call_later(PAUSE, self._enter_some)

    def leave(self, pid: int) -> None:
        """A child is gone. Harmless twice."""
        if self._newcomers.pop(pid, None) is None:
            self._guard.leave(pid)
            self._ledger.leave(pid)

    def _enter_some(self) -> None:
        self._visit = None
        try:
            for pid in list(self._newcomers)[:_AT_ONCE]:
                self._enter(pid, self._newcomers.pop(pid))
        finally:  # one that cannot be entered keeps nobody else out
            if self._newcomers:
                self._visit = self._loop.call_soon(self._enter_some)

    def _enter(self, pid: int, name: str) -> None:
        identity = identity_of(pid)
        if identity is not None:
            self._guard.enter(pid, identity)
            self._ledger.enter(name, pid, identity)
