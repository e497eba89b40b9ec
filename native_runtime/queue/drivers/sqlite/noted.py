"""What transactions have done by themselves: noted inside, and told once they are committed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from native_runtime.queue.step_news import PAGE, StepNews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.job import Job, NewJob

T = TypeVar("T")

_MOST: Final = 1_000  # jobs and batches that are kept for whoever asks; of added jobs, a look every few seconds finds all
_MOST_NUMBERS: Final = 1_000_000  # of cancelled jobs; they are no more than numbers until somebody asks


class Noted:
    """Of one transaction; see `StepNews`.

    Attributes:
        added: Jobs that were stored, with their ids.
        cancelled: Numbers of jobs that were cancelled.
        unneeded: Ids of jobs that run, or wait in a hand, of batches that have failed.
        ended: Batches that are over.
    """

    __slots__ = ("added", "cancelled", "ended", "unneeded")

    def __init__(self) -> None:
        self.added: list[tuple[str, NewJob]] = []
        self.cancelled: list[int] = []
        self.unneeded: list[str] = []
        self.ended: list[StoredBatch] = []


class Untold:
    """Of all transactions of this process so far, until somebody takes it. Safe from any thread."""

    def __init__(self) -> None:
        self._added: deque[tuple[str, NewJob]] = deque(maxlen=_MOST)
        self._cancelled: deque[int] = deque(maxlen=_MOST_NUMBERS)
        self._unneeded: deque[str] = deque(maxlen=_MOST)
        self._ended: deque[StoredBatch] = deque(maxlen=_MOST)

    def add(self, noted: Noted) -> None:
        """A transaction that is committed."""
        self._added.extend(noted.added)
        self._cancelled.extend(noted.cancelled)
        self._unneeded.extend(noted.unneeded)
        self._ended.extend(noted.ended)

    def take(self, read: Callable[[Sequence[int]], list[Job]]) -> Iterator[StepNews]:
        """All there is, by the page.

        Args:
            read: Finds cancelled jobs by their numbers. Only now, since the step that cancelled them held up all others.
        """
        while self._added or self._cancelled or self._unneeded or self._ended:
            numbers = _emptied(self._cancelled, PAGE)
            try:
                cancelled = read(numbers) if numbers else []
            except BaseException:
                self._cancelled.extend(numbers)
                raise
            yield StepNews(
                added=_emptied(self._added, _MOST),
                cancelled=cancelled,
                unneeded=_emptied(self._unneeded, _MOST),
                ended=_emptied(self._ended, _MOST),
            )


def _emptied(pile: deque[T], most: int) -> list[T]:
    taken: list[T] = []
    try:
        while len(taken) < most:
            taken.append(pile.popleft())
    except IndexError:  # also where another thread was quicker
        pass
    return taken
