"""Wakes a waiting worker, from any thread and from a signal handler."""

from __future__ import annotations

from queue import Empty, SimpleQueue


class Bell:
    """Rung any number of times, it is heard once.

    Not a `threading.Event`: a signal handler runs in the very thread that waits, perhaps while it holds the
    event's lock, and would wait for that lock for ever. `SimpleQueue.put` is made to be called from there.
    """

    def __init__(self) -> None:
        self._rings: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """Wake who waits, or who will wait next."""
        if self._rings.empty():
            self._rings.put(None)

    def wait(self, timeout: float) -> bool:
        """Wait for a ring, at most `timeout` seconds. True if it was heard."""
        try:
            self._rings.get(timeout=timeout)
        except Empty:
            return False
        return True

    def hush(self) -> None:
        """Forget the rings so far."""
        while not self._rings.empty():
            self._rings.get()
