"""Waits for changes that many threads may tell of, and then for their end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.clock import Clock

DEBOUNCE: Final = 0.2  # seconds without a further change, until it is over
LONGEST: Final = 2.0  # seconds after which what changes without pause is looked at all the same


class Unrest:
    """Told of by any thread, waited for by one.

    Args:
        clock: Time.
        debounce: Seconds.
    """

    def __init__(self, *, clock: Clock, debounce: float = DEBOUNCE) -> None:
        self._clock = clock
        self._debounce = debounce
        self._stirred = threading.Event()
        self._end = threading.Event()

    def stir(self) -> None:
        """Something may have changed."""
        self._stirred.set()

    def begin(self) -> None:
        """Wait again after an `end`."""
        self._end.clear()

    def end(self) -> None:
        """Let whoever waits go, for good."""
        self._end.set()
        self._stirred.set()

    def is_over(self) -> bool:
        """True after `end`."""
        return self._end.is_set()

    def wait(self, seconds: float) -> bool:
        """Return once something has changed and has come to rest, or never does; False if nothing has in that time."""
        if not self._stirred.wait(seconds):
            return False
        latest = self._clock.monotonic() + LONGEST
        while self._clock.monotonic() < latest and not self.is_over():
            self._stirred.clear()
            if not self._stirred.wait(self._debounce):
                return True
        self._stirred.clear()
        return True
