"""A house for gateway tests: children and workers that only pretend, around a real bus and a real job store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from native_runtime.clock import SystemClock
from native_runtime.errors import UnknownNameError
from native_runtime.events import EventBus
from native_runtime.gateway import Gateway
from native_runtime.gateway.collaborators import RuntimeInfo
from native_runtime.processes.events import ErrorReceived, MessageReceived, ProcessExited, ProcessReady
from native_runtime.processes.exit_status import ExitReason, ExitStatus
from native_runtime.processes.ring import Output, OutputLine
from native_runtime.processes.snapshot import ChildSnapshot
from native_runtime.processes.state import ChildState
from native_runtime.queue.driver import Finish
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from native_runtime.window_slot import WindowSlot
from native_runtime.workers.config import Config, Processes, RuntimeConfig, WorkerConfig
from native_runtime.workers.events import WorkerScaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Job
    from native_runtime.queue.tally import Tally

MIB = 1024 * 1024
CRASHED_AT = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def child(name: str, state: ChildState = ChildState.IDLE, *, worker: str | None = None) -> ChildSnapshot:
    """A child that looks healthy."""
    return ChildSnapshot(
        name=name,
        command=("queue:work", f"--name={name}") if worker else ("python", "-m", "app.api"),
        worker=worker,
        state=state,
        pid=4711,
        uptime=125.0,
        restarts=0,
        rss=48 * MIB,
        cpu_percent=3.2,
        last_exit=None,
        persistent=True,
    )


def crash(reason: ExitReason = ExitReason.CRASHED, detail: str = "SIGSEGV in mid-job") -> ExitStatus:
    """How a child ended that should not have."""
    return ExitStatus(
        reason=reason, exit_code=None, signal="SIGSEGV", detail=detail, at=CRASHED_AT, uptime=12.5
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PretendJob:
    """A job in a worker's hands."""

    id: str
    name: str
    attempt: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PretendActivity:
    """What a worker process does, and has done."""

    job: PretendJob | None = None
    done: int = 0
    failed: int = 0


@dataclass
class PretendWork:
    """What pretended workers do and have done."""

    doing: dict[str, PretendActivity] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)

    def activities(self) -> Mapping[str, PretendActivity]:
        return dict(self.doing)

    def totals(self) -> Mapping[str, Tally]:
        return dict(self.tallies)


@dataclass(frozen=True, slots=True, kw_only=True)
class PretendWorker:
    """A worker as its fleet wants it."""

    name: str
    processes: int
    queues: Sequence[str]
    is_up: bool
    is_fixed: bool = False


@dataclass
class PretendSupervisor:
    """Children that change when asked, and say so on the bus. `asked` notes every request."""

    bus: EventBus
    children: dict[str, ChildSnapshot] = field(default_factory=dict)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    written: dict[str, list[OutputLine]] = field(default_factory=dict)

    def add(self, *children: ChildSnapshot) -> None:
        """Show these children, too."""
        self.children.update({each.name: each for each in children})

    def all(self) -> Mapping[str, ChildSnapshot]:
        return dict(self.children)

    def output(self, name: str, count: int) -> Output:
        self._known(name)
        return Output(lines=tuple(self.written.get(name, [])[-count:]), seq=self.bus.last_seq)

    def write(self, name: str, *lines: str, is_error: bool = False) -> None:
        """Let a child write lines: they are kept, and told."""
        self.written.setdefault(name, []).extend(OutputLine(text=each, is_error=is_error) for each in lines)
        kind = ErrorReceived if is_error else MessageReceived
        self.bus.publish(kind(name=name, lines=lines))

    def stop(self, name: str, *, origin: str | None = None) -> None:
        self.asked.append(("stop", name, origin))
        before = self._known(name)
        self.add(replace(before, state=ChildState.STOPPED, pid=None, uptime=None, rss=None, cpu_percent=None))
        self.bus.publish(
            ProcessExited(
                name=name,
                pid=before.pid or 0,
                reason="stopped",
                exit_code=0,
                signal=None,
                uptime=before.uptime or 0.0,
                detail="asked to stop",
                origin=origin,
            )
        )

    def restart(self, name: str, *, origin: str | None = None) -> None:
        self.asked.append(("restart", name, origin))
        before = self._known(name)
        self.add(
            replace(before, state=ChildState.RUNNING, pid=4712, uptime=0.0, restarts=before.restarts + 1)
        )
        self.bus.publish(ProcessReady(name=name, pid=4712, origin=origin))

    def control(self, name: str, message: Mapping[str, object]) -> bool:
        self.asked.append(("control", name, dict(message)))
        return name in self.children

    def _known(self, name: str) -> ChildSnapshot:
        if name not in self.children:
            raise UnknownNameError("child", name, list(self.children))
        return self.children[name]


@dataclass
class PretendFleet:
    """Workers that note what is asked of them in `asked`."""

    bus: EventBus
    driver: QueueDriver
    workers: dict[str, PretendWorker] = field(default_factory=dict)
    work: PretendWork = field(default_factory=PretendWork)
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def names(self) -> Sequence[str]:
        return list(self.workers)

    def status(self, name: str) -> PretendWorker:
        if name not in self.workers:
            raise UnknownNameError("worker", name, list(self.workers))
        return self.workers[name]

    def preview(self, config: Config) -> Sequence[tuple[str, str]]:
        return [("keep", name) for name in config.workers]

    def up(self, name: str, *, origin: str | None = None) -> None:
        self.asked.append(("up", name, origin))
        self.workers[name] = replace(self.status(name), is_up=True)

    def down(self, name: str, *, origin: str | None = None) -> None:
        self.asked.append(("down", name, origin))
        self.workers[name] = replace(self.status(name), is_up=False)

    def restart(self, name: str, *, origin: str | None = None) -> None:
        self.asked.append(("restart", name, origin))
        self.status(name)

    def scale(self, name: str, processes: int | Literal["auto"], *, origin: str | None = None) -> None:
        self.asked.append(("scale", name, processes, origin))
        before = self.status(name)
        count = before.processes if processes == "auto" else processes
        self.workers[name] = replace(before, processes=count, is_fixed=processes != "auto")
        self.bus.publish(WorkerScaled(worker=name, processes=count, reason="asked for", origin=origin))

    def cancel(self, job: Job) -> None:
        self.asked.append(("cancel", job.id))

    def ring(self, queues: Sequence[str]) -> None:
        self.asked.append(("ring", tuple(queues)))

    def tell_of_steps(self, *, origin: str | None = None) -> None:
        for news in self.driver.batches.take_news():
            self.asked += [("stop", job.id, origin) for job in news.cancelled if not job.state.is_over]
            self.asked += [("ended", batch.id, origin) for batch in news.ended]


@dataclass(frozen=True)
class PretendFolders:
    """Folders below a test's own."""

    data: Path

    @property
    def crashes(self) -> Path:
        return self.data / "crashes"

    @property
    def endpoint(self) -> Path:
        return self.data / "endpoint.json"


class House:
    """Everything around a gateway, with one worker `images` of two children and one process `api`."""

    def __init__(self, data: Path, *, driver: QueueDriver | None = None) -> None:
        self.clock = SystemClock()
        self.bus = EventBus(clock=self.clock)
        self.driver: QueueDriver = driver or MemoryDriver()
        self.folders = PretendFolders(data)
        self.supervisor = PretendSupervisor(self.bus)
        self.fleet = PretendFleet(self.bus, self.driver)
        self.problems: list[str] = []
        self.on_stop_request: Callable[[], None] = lambda: None
        self.window = WindowSlot()
        self.supervisor.add(
            child("images:1", ChildState.BUSY, worker="images"),
            child("images:2", worker="images"),
            child("api", ChildState.RUNNING),
        )
        self.fleet.workers["images"] = PretendWorker(
            name="images", processes=2, queues=["imports", "images"], is_up=True
        )
        job = PretendJob(id="thumb:42", name="app.jobs.thumbnail", attempt=1, seconds=2.5)
        self.fleet.work.doing["images:1"] = PretendActivity(job=job, done=1204, failed=3)

    def config(self) -> Config:
        """The workers.toml that holds."""
        images = WorkerConfig(
            name="images",
            queues=("imports", "images"),
            memory=64,
            memory_kill=256,
            processes=Processes(min=1, max=4),
        )
        return Config(runtime=RuntimeConfig(app="Photo Desk"), workers={"images": images})

    def fail(self, *job_ids: str) -> None:
        """Push jobs and let each fail for good."""
        now = self.clock.epoch()
        jobs = [NewJob(id=each, name="app.jobs.thumbnail", queue="images") for each in job_ids]
        self.driver.push(jobs, now=now)
        for claim in self.driver.claim(["images"], worker="images:1@1.a", limit=len(job_ids), now=now):
            finish = Finish(
                job_id=claim.id,
                token=claim.token,
                outcome=JobState.FAILED,
                error="ValueError: no",
                traceback="Traceback …",
            )
            self.driver.settle([finish], now=now)

    def gateway(self, *, pages: Mapping[str, ASGIApp] | None = None, port: int = 0) -> Gateway:
        """A gateway for this house, not started."""
        return Gateway(
            supervisor=self.supervisor,
            fleet=self.fleet,
            driver=self.driver,
            bus=self.bus,
            clock=self.clock,
            folders=self.folders,
            info=RuntimeInfo(app="Photo Desk", pid=4242, version="0.1.0", started=self.clock.monotonic()),
            config=self.config,
            on_stop_request=lambda: self.on_stop_request(),  # noqa: PLW0108 - tests set it later
            on_show_request=self.window.show,
            pages=pages or {},
            problems=lambda: self.problems,
            port=port,
        )

    @contextmanager
    def serving(self, *, port: int = 0) -> Iterator[Gateway]:
        """A running gateway for this house."""
        gateway = self.gateway(port=port)
        gateway.start()
        try:
            yield gateway
        finally:
            gateway.stop()
