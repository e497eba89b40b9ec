"""Thins what a worker tells of jobs where brief news are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY: Final = 0.1  # seconds between two messages of one kind, in the long run
AT_ONCE: Final = 10.0  # messages that may come at once, so that of a few jobs everything is told


class Brief:
    """Of each kind some are told at once, then one in a while, and the last of all before a pause."""

    def __init__(self) -> None:
        self._credit: dict[str, tuple[float, float]] = {}  # messages that may come, and since when so many
        self._withheld: dict[str, Callable[[], dict[str, Any]]] = {}
        self._skipped: dict[str, int] = {}

    def take(self, kind: str, message: Callable[[], dict[str, Any]], *, now: float) -> dict[str, Any] | None:
        """The message, if it is its kind's turn, with how many were `skipped` before it; None if it waits.

        Args:
            kind: What it tells.
            message: Makes it; called only if it is told.
            now: Monotonic seconds.
        """
        credit, since = self._credit.get(kind, (AT_ONCE, now))
        credit = min(AT_ONCE, credit + (now - since) / EVERY)
        before = self._withheld.pop(kind, None) is not None
        if credit < 1:
            self.skip(kind, before)
            self._withheld[kind] = message
            return None
        self._credit[kind] = (credit - 1, now)
        return {**message(), "skipped": self._skipped.pop(kind, 0) + before}

    def release(self, kind: str) -> int:
        """Somebody wants all of it from now on: how many were not told, of which none will come any more."""
        waited = self._withheld.pop(kind, None) is not None
        return self._skipped.pop(kind, 0) + waited

    def skip(self, kind: str, count: int) -> None:
        """So many are not told, before the next."""
        self._skipped[kind] = self._skipped.get(kind, 0) + count

    def rest(self) -> list[dict[str, Any]]:
        """What waits; nothing more comes for a while."""
        waiting, self._withheld = self._withheld, {}
        return [{**message(), "skipped": self._skipped.pop(kind, 0)} for kind, message in waiting.items()]
