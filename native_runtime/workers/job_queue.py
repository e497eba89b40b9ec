"""`JobQueue`: the queues and failed jobs of the current runtime, from any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.current import Slot
from native_runtime.queue import queue_name

if TYPE_CHECKING:
    from native_runtime.queue.failed import FailedJob
    from native_runtime.workers.job_actions import JobActions

CURRENT: Final[Slot[JobActions]] = Slot("JobQueue")


class JobQueue:
    """What a person does to queues and failed jobs, in code. Jobs and batches are cancelled by their handles.

    Every method raises NotConfiguredError where no runtime runs, and StoreError where the store cannot be used. In a
    script beside the app, or without it, the commands do the same: `native-runtime queue:pause images`. What no
    queue can be called raises ValueError.
    """

    @staticmethod
    def pause(queue: str) -> None:
        """Let nothing more be taken from a queue, until it is resumed; also over a new start. Harmless twice."""
        CURRENT.get().pause(_named("pause", queue))

    @staticmethod
    def resume(queue: str) -> None:
        """Open a queue again, and wake its workers. Harmless twice."""
        CURRENT.get().resume(_named("resume", queue))

    @staticmethod
    def clear(queue: str) -> int:
        """Delete the jobs that wait in a queue; how many."""
        return CURRENT.get().clear(_named("clear", queue))

    @staticmethod
    def failed(*, queue: str | None = None, limit: int = 100) -> list[FailedJob]:
        """The latest failed jobs, of one queue or of all."""
        return CURRENT.get().failed(queue=queue, limit=limit)

    @staticmethod
    def retry(job_id: str) -> None:
        """Run a failed or cancelled job again, with all its tries.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: It is neither failed nor cancelled.
        """
        CURRENT.get().retry(job_id)

    @staticmethod
    def retry_failed() -> int:
        """Run all failed jobs again; how many."""
        return CURRENT.get().retry_failed()

    @staticmethod
    def forget(job_id: str) -> None:
        """Delete a job that is over.

        Raises:
            UnknownNameError: No such job.
            IllegalTransitionError: It is not over.
        """
        CURRENT.get().forget(job_id)

    @staticmethod
    def flush_failed() -> int:
        """Delete all failed jobs; how many."""
        return CURRENT.get().flush_failed()


def _named(what: str, queue: str) -> str:
    if not queue_name.is_queue_name(queue):
        raise ValueError(f"JobQueue.{what}: queue: expected {queue_name.EXPECTED}, got {queue!r}")
    return queue
