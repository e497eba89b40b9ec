"""What the steps of a store have done by themselves, beside what they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.job import Job, NewJob

PAGE: Final = 500
"""Most cancelled jobs in one piece of news: a batch of a hundred thousand is told in a flat amount of memory."""


class StepNews(Struct, kw_only=True):
    """For whoever rings for jobs, tells workers to stop, and publishes.

    Attributes:
        added: Jobs that were stored, with their ids: the next of chains, and what follows batches.
        cancelled: Jobs that ended because somebody had cancelled them or their batch, as they are now. One that
            runs has not ended: it is asked to stop.
        unneeded: Ids of jobs that a worker holds, though their batch has failed: those that run may go on, those that
            have not begun need not.
        ended: Batches that are over.
    """

    added: list[tuple[str, NewJob]] = field(default_factory=list)
    cancelled: list[Job] = field(default_factory=list)
    unneeded: list[str] = field(default_factory=list)
    ended: list[StoredBatch] = field(default_factory=list)


def tell(
    news: Iterable[StepNews],
    *,
    rang: Callable[[Sequence[tuple[str, NewJob]]], object],
    cancelling: Callable[[Job], object],
    cancelled: Callable[[Job], object],
    ended: Callable[[StoredBatch], object],
    unneeded: Callable[[Sequence[str]], object] = lambda _ids: None,
) -> None:
    """Bring each piece of news to whoever it concerns.

    Args:
        news: What steps have done.
        rang: Called with jobs that were added.
        cancelling: Called with each job that runs and is to stop.
        cancelled: Called with each job that was cancelled and is over.
        ended: Called with each batch that is over.
        unneeded: Called with ids of jobs that need not begin, before anything else.
    """
    for each in news:
        if each.unneeded:
            unneeded(each.unneeded)
        if each.added:
            rang(each.added)
        for job in each.cancelled:
            (cancelled if job.state.is_over else cancelling)(job)
        for batch in each.ended:
            ended(batch)
