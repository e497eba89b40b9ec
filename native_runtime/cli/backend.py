"""What every command about queues needs, whoever answers: the running app or its store alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from native_runtime.gateway.snapshot import Document
    from native_runtime.queue.driver import JobFilter


class Backend(Protocol):
    """Answers with the documents of the JSON API."""

    def status(self) -> Document:
        """`runtime` is None where no app runs."""
        ...

    def jobs(self, which: JobFilter) -> Document:
        """A page of jobs, newest first, under `jobs`, and how many there are in all, `total`."""
        ...

    def job(self, job_id: str) -> Document | None:
        """Everything about one job; None if there is none of this id."""
        ...

    def failed(self) -> list[Document]:
        """Failed jobs, newest first."""
        ...

    def batches(self) -> list[Document]:
        """Batches, newest first."""
        ...

    def batch(self, batch_id: str) -> Document | None:
        """A batch with its first jobs; None if there is none of this id."""
        ...

    def cancel(self, any_id: str) -> bool:
        """Cancel a job, or a batch with all its jobs; False if none that is open has this id."""
        ...

    def pause(self, queue: str) -> None:
        """Let nothing more be taken from a queue."""
        ...

    def resume(self, queue: str) -> None:
        """Open a queue again."""
        ...

    def clear(self, queue: str) -> int:
        """Delete what waits in a queue; returns how many."""
        ...

    def retry(self, job_id: str) -> bool:
        """Make a failed job ready again; False if no failed job has this id."""
        ...

    def retry_all(self) -> int:
        """Make all failed jobs ready again; returns how many."""
        ...

    def forget(self, job_id: str) -> bool:
        """Delete a job that is over; False if there is none of this id."""
        ...

    def flush(self) -> int:
        """Delete all failed jobs; returns how many."""
        ...
