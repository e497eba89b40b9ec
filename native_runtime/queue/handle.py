"""A dispatched job in the hands of the one who dispatched it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from native_runtime.errors import JobCancelledError, JobFailedError, UnknownNameError
from native_runtime.queue import registry
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.state import JobState
from native_runtime.queue.waiting import wait_for

if TYPE_CHECKING:
    from native_runtime.queue.job import Job
    from native_runtime.queue.queue import Queue

T = TypeVar("T")


class JobHandle(Generic[T]):
    """One stored job. Every attribute but `id` looks into the store anew.

    Args:
        job_id: The job's id.
        queue: Where it is stored.
    """

    __slots__ = ("_queue", "id")

    def __init__(self, job_id: str, queue: Queue) -> None:
        self.id = job_id
        self._queue = queue

    @classmethod
    def find(cls, job_id: str) -> JobHandle[Any] | None:
        """The job with this id in the current store; None if there is none."""
        queue = CURRENT.get()
        return None if queue.driver.find(job_id) is None else cls(job_id, queue)

    @property
    def status(self) -> JobState:
        """Where the job is; equal to its text, such as `"running"`."""
        return self._job().state

    @property
    def progress(self) -> float | None:
        """How far it is, 0.0 to 1.0; None if it has not told."""
        return self._job().progress

    @property
    def attempts(self) -> int:
        """Attempts so far, the running one included."""
        return self._job().attempts

    @property
    def error(self) -> str:
        """`Class: message` of the last failure; empty if there was none."""
        return self._job().error

    def result(self, timeout: float | None = None) -> T:
        """What the function returned; waits for it.

        Args:
            timeout: Seconds to wait; None is for ever.

        Raises:
            JobFailedError: It failed for good.
            JobCancelledError: It was cancelled.
            TimeoutError: It is not over yet.
            TypeError: `timeout` is no number.
            ValueError: `timeout` is `nan`.
            UnknownNameError: It was deleted from the store.
            NotConfiguredError: The runtime has stopped; `JobHandle.find` finds the job in a later one.
        """
        job = wait_for(
            self._queue,
            self._job,
            lambda job: job.state.is_over,
            timeout=timeout,
            wanted=self._wanted_too_late(),
            told=lambda job: f"job {job.new.name} ({job.id}) is still {job.state}",
        )
        return self._outcome(job)

    def cancel(self) -> bool:
        """Cancel the job if it waits, ask it to stop if it runs. False if it was over already."""
        before = self._job().state
        self._queue.cancel(self.id)
        return not before.is_over

    def __repr__(self) -> str:
        return f"<JobHandle {self.id}>"

    def _job(self) -> Job:
        job = self._queue.driver.find(self.id)
        if job is None:
            raise UnknownNameError("job", self.id, ())
        return job

    def _wanted_too_late(self) -> str:
        return (
            f"the result of job {self.id} (its runtime has stopped; `JobHandle.find` finds it in a later one)"
        )

    def _outcome(self, job: Job) -> T:
        if job.state is JobState.CANCELLED:
            raise JobCancelledError(f"job {job.new.name} ({job.id}) was cancelled")
        if job.state is not JobState.SUCCESS:
            raise JobFailedError(job.id, job.new.name, job.state, job.error)
        return cast("T", decoded_result(job))


def decoded_result(job: Job) -> Any:
    """What the function of a job that succeeded has returned."""
    if job.result is None:
        return None
    function = registry.registered(job.new.name)
    if function is not None:
        return function.payloads.decode_result(job.result)
    import json  # a job that this process has not imported: its result is plain JSON here

    return json.loads(job.result)
