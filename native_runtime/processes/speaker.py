"""For whom a child speaks: the cause of its output, where it runs one job after the other."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.events import Cause

LAG: Final = 0.02  # seconds; by so much a line may be read later than what was said behind it


class Speaker:
    """Remembers what a child has told of its jobs, as long as output of theirs may come.

    Output and control messages come through different pipes, so a line cannot be matched with its job
    exactly. A batch is given the longest chain of the jobs it may come from: so no circle gets away, and what
    is told too much is only how the lines beside came about.
    """

    def __init__(self) -> None:
        self._told: deque[tuple[float, Cause]] = deque()

    def turns_to(self, cause: Cause, *, now: float, heard: float | None = None) -> None:
        """From now on it speaks for `cause`.

        Args:
            cause: Of what it does.
            now: Monotonic seconds.
            heard: When the first of the output came that still waits to be told; None if none waits.
        """
        self._told.append((now, cause))
        self._forget(now if heard is None else heard)

    def cause(self, *, since: float) -> Cause | None:
        """Of the output that came since then, in monotonic seconds; None if nothing was ever told."""
        self._forget(since)
        return max((cause for _told, cause in self._told), key=lambda cause: cause.depth, default=None)

    def _forget(self, since: float) -> None:
        """Drop those that were over before any of that output was printed."""
        while len(self._told) > 1 and self._told[1][0] < since - LAG:
            self._told.popleft()
