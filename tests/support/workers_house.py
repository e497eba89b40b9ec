"""A fleet over a supervisor that starts nothing and a store in memory, as unit tests of workers want it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from native_runtime.events import EventBus
from native_runtime.processes.aftermath import ChildExit
from native_runtime.processes.exit_status import ExitReason, ExitStatus
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.job import NewJob
from native_runtime.queue.scoreboard import Scoreboard, ScoreboardReading
from native_runtime.testing import FakeClock
from native_runtime.workers.config import Config
from native_runtime.workers.fleet import WorkerFleet
from native_runtime.workers.folders import Folders
from tests.support.recorder import Recorder
from tests.support.still_supervisor import StillSupervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.supervisor import Supervisor
    from native_runtime.queue.job import Claim

STARTED = "18bcfe56800"  # when pretended workers say they began; long before any process of a test did


class WorkersHouse:
    """Everything a fleet needs, and what it did."""

    def __init__(
        self,
        data: Path,
        config: Config | None = None,
        *,
        check: Callable[[ChildSpec], object] = lambda _spec: None,
    ) -> None:
        self.clock = FakeClock()
        self.bus = EventBus(clock=self.clock)
        self.heard = Recorder(self.bus)
        self.driver = MemoryDriver()
        self.supervisor = StillSupervisor()
        self.folders = Folders(data)
        self.folders.create()
        self.fleet = WorkerFleet(
            config=config or Config(),
            supervisor=cast("Supervisor", self.supervisor),
            driver=self.driver,
            bus=self.bus,
            clock=self.clock,
            folders=self.folders,
            check=check,
        )

    def close(self) -> None:
        self.fleet.stop()
        self.bus.close()

    def pid_of(self, child: str) -> int:
        snapshot = self.supervisor.get(child)
        assert snapshot is not None
        assert snapshot.pid is not None
        return snapshot.pid

    def says(self, child: str, **message: Any) -> None:
        """A worker says something on its control channel."""
        self.supervisor.on_control(child, self.pid_of(child), message)

    def ready(self, child: str) -> None:
        """A worker can take jobs."""
        self.says(child, ev="ready", worker=f"{child}@{self.pid_of(child)}.{STARTED}")

    def claim(self, child: str, job: NewJob, *, pid: int | None = None) -> Claim:
        """A worker takes `job` from the store."""
        now = self.clock.epoch()
        self.driver.push([job], now=now)
        worker = f"{child}@{pid or self.pid_of(child)}.{STARTED}"
        (claim,) = self.driver.claim([job.queue], worker=worker, limit=1, now=now)
        return claim

    def works_on(self, child: str, claim: Claim, *, pid: int | None = None, timeout: float = 10.0) -> None:
        """A worker notes on its scoreboard that it began."""
        pid = pid or self.pid_of(child)
        worker_id = f"{child}@{pid}.{STARTED}"
        Scoreboard.open(self.folders.scoreboard(worker_id)).note(
            ScoreboardReading(
                pid=pid,
                worker=worker_id,
                state="busy",
                job_id=claim.id,
                job=claim.new.name,
                attempt=claim.attempt,
                token=claim.token,
                started=self.clock.monotonic(),
                timeout=timeout,
            )
        )

    def dies(
        self, child: str, reason: ExitReason = ExitReason.CRASHED, detail: str = "SIGSEGV"
    ) -> Mapping[str, Any] | None:
        """The supervisor finds a worker dead; what it is told to put into the crash report."""
        status = ExitStatus(
            reason=reason, exit_code=None, signal=None, detail=detail, at=self.clock.utc(), uptime=1.0
        )
        pid = self.pid_of(child)
        return self.supervisor.on_exit(ChildExit(name=child, pid=pid, worker=None, status=status))
