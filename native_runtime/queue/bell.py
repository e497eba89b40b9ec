"""Wakes a waiting worker, from any thread and from a signal handler."""

from __future__ import annotations

import threading
from contextlib import suppress


class Bell:
    """Rung any number of times, it is heard once.

    Not a `threading.Event`: a signal handler runs in the very thread that waits, perhaps while it holds the
    event's inner lock, and would wait for that for ever. A bare lock is one step in C: whoever waits takes it, whoever
    rings gives it back, and it is never waited for to be rung.
    """

    def __init__(self) -> None:
        self._silence = threading.Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Wake who waits, or who will wait next."""
        with suppress(RuntimeError):  # it rings already
            self._silence.release()

    def wait(self, timeout: float) -> bool:
        """Wait for a ring, at most `timeout` seconds. True if it was heard."""
        return self._silence.acquire(timeout=min(timeout, threading.TIMEOUT_MAX))

    def hush(self) -> None:
        """Forget the rings so far."""
        self._silence.acquire(blocking=False)
