"""The claims in a worker's hand: those that wait for their turn, and those that are done and not settled yet."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from native_runtime.queue.background import in_background

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from native_runtime.queue.attempt import Report
    from native_runtime.queue.job import Claim

T = TypeVar("T")

PATIENCE: Final = 0.05  # seconds that others wait for the running job, before they are taken out of the hand


class Hand:
    """The main thread plays; while one job takes long, a thread of its own gives the others away.

    Both only use single steps of the two deques, so no claim is in two places; `settling` is held by whoever
    brings what the hand held to the store.

    Args:
        give_away: Called on that thread when the running job takes long and there are others in the hand.
    """

    def __init__(self, give_away: Callable[[], object]) -> None:
        self.settling = threading.Lock()
        self._give_away = give_away
        self._waiting: deque[Claim] = deque()
        self._done: deque[Report] = deque()
        self._turn = 0
        self._is_held = threading.Event()
        self._pause = threading.Event()
        self._is_watched = False

    @property
    def has_waiting(self) -> bool:
        """True if a claim waits for its turn."""
        return bool(self._waiting)

    @property
    def has_done(self) -> bool:
        """True if a report waits to be settled."""
        return bool(self._done)

    def waiting_of(self, job_ids: Iterable[str]) -> set[str]:
        """Those of the jobs that wait for their turn."""
        return {claim.id for claim in list(self._waiting)} & set(job_ids)

    def deal(self, claims: Iterable[Claim]) -> None:
        """Claims to play, in this order."""
        self._waiting.extend(claims)

    def play(self) -> Claim | None:
        """The next claim; None if there is none."""
        try:
            claim = self._waiting.popleft()
        except IndexError:
            return None
        self._turn += 1
        if (self._waiting or self._done) and not self._is_held.is_set():
            self._hold()
        return claim

    def lay_down(self, report: Report) -> None:
        """A claim was played."""
        self._done.append(report)

    def take_done(self) -> list[Report]:
        """The reports, out of the hand."""
        return _emptied(self._done)

    def take_waiting(self) -> list[Claim]:
        """The claims that were not played, out of the hand."""
        return _emptied(self._waiting)

    def take_back(self, reports: Iterable[Report], claims: Iterable[Claim] = ()) -> None:
        """They could not be settled."""
        self._done.extend(reports)
        self._waiting.extend(claims)

    def _hold(self) -> None:
        self._is_held.set()
        if not self._is_watched:
            self._is_watched = True
            in_background(self._watch, "hand")

    def _watch(self) -> None:
        while self._is_held.wait():
            turn = self._turn
            self._pause.wait(PATIENCE)
            if not (self._waiting or self._done):
                self._is_held.clear()
                if self._waiting or self._done:  # the main thread has just been dealt others
                    self._is_held.set()
            elif self._turn == turn:
                self._give_away()


def _emptied(pile: deque[T]) -> list[T]:
    taken = []
    try:
        while True:
            taken.append(pile.popleft())
    except IndexError:
        return taken
