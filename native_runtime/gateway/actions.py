"""What a person or a program can ask of the app, answered in JSON-ready data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.errors import UnknownNameError
from native_runtime.processes.state import is_alive
from native_runtime.workers.job_actions import JobActions

if TYPE_CHECKING:
    from native_runtime.gateway.collaborators import House

Answer = dict[str, object]


class Actions:
    """Acts on the house. Every method blocks until the thing is done: call it on a thread.

    Args:
        house: What is acted upon.

    Attributes:
        jobs: What needs no answer.
    """

    def __init__(self, house: House) -> None:
        self.jobs = JobActions(driver=house.driver, crew=house.fleet, bus=house.bus, clock=house.clock)
        self._supervisor = house.supervisor

    def start_process(self, name: str, *, origin: str) -> None:
        """Start a child that is down, or try one again that waits; one that is alive stays as it is.

        Raises:
            UnknownNameError: No such child.
        """
        children = self._supervisor.all()
        if name not in children:
            raise UnknownNameError("child", name, sorted(children))
        if not is_alive(children[name].state):
            self._supervisor.restart(name, origin=origin)

    def clear(self, queue: str, *, origin: str) -> Answer:
        """Delete the waiting jobs of a queue. Answers `{"removed": n}`."""
        return {"removed": self.jobs.clear(queue, origin=origin)}

    def retry_failed(self, *, origin: str) -> Answer:
        """Make all failed jobs ready again. Answers `{"retried": n}`."""
        return {"retried": self.jobs.retry_failed(origin=origin)}

    def flush_failed(self, *, origin: str) -> Answer:
        """Delete all failed jobs. Answers `{"removed": n}`."""
        return {"removed": self.jobs.flush_failed(origin=origin)}

    def cancel(self, job_id: str, *, origin: str) -> Answer:
        """Cancel a waiting job at once, or ask a running one to stop. Answers `{"state": …}`; raises as `JobActions.cancel`."""
        return {"state": self.jobs.cancel(job_id, origin=origin).value}

    def cancel_batch(self, batch_id: str, *, origin: str) -> Answer:
        """Cancel all jobs of a batch. Answers `{"status": …}`; raises as `JobActions.cancel_batch`."""
        return {"status": self.jobs.cancel_batch(batch_id, origin=origin).value}
