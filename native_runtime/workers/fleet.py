"""Keeps the workers and processes that workers.toml names: what is wanted of each lives here."""

from __future__ import annotations

import logging
import sys
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from native_runtime.errors import NativeRuntimeError, UnknownNameError
from native_runtime.workers.children import Children
from native_runtime.workers.crew import Crew
from native_runtime.workers.events import WorkerScaled
from native_runtime.workers.launch import Launch, child_name
from native_runtime.workers.plan import plan
from native_runtime.workers.team import Team, first, resized, team_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.supervisor import Supervisor
    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Job, NewJob
    from native_runtime.workers.config import Config
    from native_runtime.workers.folders import Folders
    from native_runtime.workers.running_job import RunningJob

AUTO: Final = "auto"
"""In place of a number of processes: as many as the jobs want, as workers.toml has it."""

log = logging.getLogger("native_runtime.workers")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    """A worker at one moment.

    Attributes:
        name: Its section's name.
        is_up: It is wanted.
        processes: How many there should be while it is up.
        queues: What it serves, first is highest.
        children: Its processes as they are.
        is_fixed: Somebody said how many, by `scale`: nothing else changes that number.
    """

    name: str
    is_up: bool
    processes: int
    queues: tuple[str, ...]
    children: tuple[ChildSnapshot, ...]
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of a worker.

    Attributes:
        is_up: It should run.
        numbers: Of the processes it has while it is up, in order.
        is_fixed: Somebody said how many.
    """

    is_up: bool
    numbers: tuple[int, ...]
    is_fixed: bool = False

    @property
    def standing(self) -> tuple[int, ...]:
        return self.numbers if self.is_up else ()


class WorkerFleet:
    """Every method may be called from any thread. What is asked of one worker is done one after the other.

    Args:
        config: The workers and processes.
        supervisor: Keeps the children alive; must have begun before `start`.
        driver: The store the workers take their jobs from.
        bus: Hears what happens to workers and jobs.
        clock: Time.
        folders: Where things lie.
    """

    def __init__(
        self,
        *,
        config: Config,
        supervisor: Supervisor,
        driver: QueueDriver,
        bus: EventBus,
        clock: Clock,
        folders: Folders,
    ) -> None:
        self._config = config
        self._bus = bus
        self._launch = Launch(config=config, folders=folders, import_path=sys.path)
        self._children = Children(supervisor)
        self._crew = Crew(supervisor=supervisor, driver=driver, bus=bus, clock=clock, folders=folders)
        self._wanted = {
            worker.name: _Wanted(is_up=True, numbers=first(worker.processes.min))
            for worker in config.workers.values()
        }
        self._locks = {name: threading.Lock() for name in self._wanted}
        self._running = False

    # Service

    def start(self) -> None:
        """Start what the configuration names. What cannot be started is told and does not hold up the rest."""
        if self._running:
            return
        self._running = True
        self._crew.start()
        specs = [spec for name in self._wanted for spec in self._specs(name).values()]
        specs += [self._launch.process(process) for process in self._config.processes.values()]
        for spec in specs:
            try:
                self._children.start(spec)
            except (NativeRuntimeError, OSError) as error:
                log.error("%s was not started: %s", spec.name, error)  # noqa: TRY400 - the message says it all

    def stop(self) -> None:
        """End all workers and processes, also workers the app started itself; returns when they are gone."""
        if not self._running:
            return
        self._running = False
        self._children.stop_all()
        self._crew.stop()

    # What is wanted

    def names(self) -> tuple[str, ...]:
        """All workers, in the file's order."""
        return tuple(self._wanted)

    def status(self, name: str) -> WorkerStatus:
        """What is wanted of a worker, and how its processes are.

        Raises:
            UnknownNameError: No section has this name.
        """
        self._require(name)
        wanted = self._wanted[name]
        return WorkerStatus(
            name=name,
            is_up=wanted.is_up,
            processes=len(wanted.numbers),
            queues=self._config.workers[name].queues,
            children=self._children.of(name),
            is_fixed=wanted.is_fixed,
        )

    def up(self, name: str, *, origin: str | None = None) -> None:
        """Start those processes of a worker that do not run.

        Raises:
            UnknownNameError: No section has this name.
            CommandNotFoundError, OSError: They cannot be started.
        """
        with self._lock_of(name):
            wanted = replace(self._wanted[name], is_up=True)
            self._want(name, wanted, reason="brought up", origin=origin)

    def down(self, name: str, *, origin: str | None = None) -> None:
        """Stop a worker and keep it down; returns when its processes are gone.

        Raises:
            UnknownNameError: No section has this name.
        """
        with self._lock_of(name):
            wanted = replace(self._wanted[name], is_up=False)
            self._want(name, wanted, reason="taken down", origin=origin)

    def scale(self, name: str, processes: int | Literal["auto"], *, origin: str | None = None) -> None:
        """Keep another number of processes; returns when those that are too many are gone.

        A number stays as it is, whatever waits, until "auto" lets the worker follow workers.toml again.
        A worker that is down stays down, and has this number when it comes up.

        Raises:
            UnknownNameError: No section has this name.
            ValueError: `processes` is negative.
            CommandNotFoundError, OSError: They cannot be started.
        """
        with self._lock_of(name):
            before = self._wanted[name]
            count, limits = len(before.numbers), self._config.workers[name].processes
            wanted = min(max(count, limits.min), limits.max) if processes == AUTO else processes
            if wanted < 0:
                raise ValueError(f"worker {name!r}: processes: expected 0 or more, got {processes}")
            reason = f"scaled from {count} to {wanted}"
            after = _Wanted(before.is_up, resized(before.numbers, wanted), is_fixed=processes != AUTO)
            self._want(name, after, reason=reason, origin=origin)

    def adjust(
        self, name: str, numbers: tuple[int, ...], *, instead_of: tuple[int, ...], reason: str
    ) -> bool:
        """Keep the processes of these numbers, because of the jobs there are.

        Returns:
            False if it was not done: somebody was faster, or one that would go has got a job.

        Raises:
            UnknownNameError: No section has this name.
            CommandNotFoundError, OSError: They cannot be started.
        """
        with self._lock_of(name):
            before = self.team(name)
            surplus = set(instead_of).difference(numbers)
            if not before.is_free or before.numbers != instead_of or before.busy & surplus:
                return False
            after = replace(self._wanted[name], numbers=numbers)
            self._want(name, after, reason=reason, origin="autoscaler")
        if surplus:  # which may have been rung for a job before they left
            self._crew.ring(self._config.workers[name].queues)
        return True

    def restart(self, name: str, *, origin: str | None = None) -> None:
        """Replace a worker's processes, each after the job in hand. One that is down comes up.

        Raises:
            UnknownNameError: No section has this name.
            CommandNotFoundError, OSError: They cannot be started.
        """
        with self._lock_of(name):
            self._children.restart(name, origin=origin)
            wanted = replace(self._wanted[name], is_up=True)
            self._want(name, wanted, reason="brought up", origin=origin)

    # What the rest of the app needs of the workers

    def team(self, name: str) -> Team:
        """Who of a worker is at a job and who waits for one; asks nobody, so it costs next to nothing.

        Raises:
            UnknownNameError: No section has this name.
        """
        self._require(name)
        wanted = self._wanted[name]
        return team_of(
            name, wanted.standing, self._crew.members(), is_free=wanted.is_up and not wanted.is_fixed
        )

    def on_tick(self, listener: Callable[[], object]) -> None:
        """From now on, call `listener` four times a second while any worker is busy, and when a worker is changed.

        It must return at once.
        """
        self._crew.on_tick = listener

    def adopt(self, spec: ChildSpec) -> ChildSpec:
        """Complete the spec of any child that runs `queue:work`, so that it is cared for like ours."""
        self._crew.expect(spec.name)
        return self._launch.complete(spec)

    def jobs_dispatched(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        """The app stored jobs: publish that, and wake idle workers for them. Returns at once."""
        self._crew.jobs_dispatched(jobs)

    def cancel(self, job: Job) -> None:
        """Somebody wants a running job to stop: tell the worker that has it. Returns at once."""
        self._crew.cancel(job)

    def job_cancelled(self, job: Job) -> None:
        """A job that waited was cancelled: publish that."""
        self._crew.job_cancelled(job)

    def batch_ended(self, batch: StoredBatch) -> None:
        """A batch is over: publish that."""
        self._crew.batch_ended(batch)

    def tell_of_steps(self, *, origin: str | None = None) -> None:
        """Tell of what steps of the store, taken in this process, have done by themselves: see `StepNews`.

        Raises:
            StoreError: Not now.
        """
        self._crew.tell_of_steps(origin=origin)

    def ring(self, queues: Sequence[str]) -> None:
        """Wake idle workers: one for each entry of `queues`, which names a queue for each job that waits."""
        self._crew.ring(queues)

    def running_jobs(self) -> Mapping[str, RunningJob]:
        """What each busy worker process runs, by the child's name."""
        return self._crew.running_jobs()

    # How it is done

    def _lock_of(self, name: str) -> threading.Lock:
        """Held while something is done about a worker."""
        self._require(name)
        return self._locks[name]

    def _require(self, name: str) -> None:
        if name not in self._wanted:
            raise UnknownNameError("worker", name, self.names())

    def _want(self, name: str, wanted: _Wanted, *, reason: str, origin: str | None) -> None:
        """From now on, want this of a worker, and make it so. The caller holds the worker's lock."""
        count = len(wanted.standing)
        if count != len(self._wanted[name].standing):
            # Told first: those that are too many may take their whole grace to leave.
            self._bus.publish(WorkerScaled(worker=name, processes=count, reason=reason, origin=origin))
        self._wanted[name] = wanted
        if self._running:
            self._children.take(plan(self._children.standing(name), self._specs(name)), origin=origin)
            listed = [child_name(name, number) for number in wanted.numbers]  # also of a worker that is down
            self._children.forget_ended(name, besides=listed)
            self._crew.on_tick()

    def _specs(self, name: str) -> dict[str, ChildSpec]:
        """What should run of a worker, by the children's names."""
        worker = self._config.workers[name]
        specs = [self._launch.worker(worker, number) for number in self._wanted[name].standing]
        return {spec.name: spec for spec in specs}
