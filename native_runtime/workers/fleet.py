"""Keeps the workers and processes that workers.toml names: what is wanted of each lives here."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from native_runtime.processes.restart import RestartWhen
from native_runtime.workers.change import reloaded
from native_runtime.workers.changeover import EDITED, RESTARTED, Changeover
from native_runtime.workers.children import Children
from native_runtime.workers.crew import Crew
from native_runtime.workers.events import WorkerScaled
from native_runtime.workers.launch import child_name
from native_runtime.workers.plan import Replace, describe, plan
from native_runtime.workers.replacer import Replacer
from native_runtime.workers.team import Team, team_of
from native_runtime.workers.wishes import Wish, Wishes
from native_runtime.workers.worker_locks import WorkerLocks
from native_runtime.workers.worker_status import WorkerStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.supervisor import Supervisor
    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Job, NewJob
    from native_runtime.workers.config import Config
    from native_runtime.workers.events import ConfigReloaded
    from native_runtime.workers.folders import Folders


class WorkerFleet:
    """Every method may be called from any thread. What is asked of one worker is done one after the other.

    Args:
        config: The workers and processes.
        supervisor: Keeps the children alive; must have begun before `start`.
        driver: The store the workers take their jobs from.
        bus: Hears what happens to workers and jobs.
        clock: Time.
        folders: Where things lie.
        check: Raises, as a start would, if there is no such command.

    Attributes:
        work: What the workers do and have done.
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
        check: Callable[[ChildSpec], object] = lambda _spec: None,
    ) -> None:
        self._bus = bus
        self._supervisor = supervisor
        self._wishes = Wishes(config, folders=folders, import_path=sys.path)
        self._children = Children(supervisor, check=check)
        self._crew = Crew(
            supervisor=supervisor, driver=driver, bus=bus, clock=clock, folders=folders, recycle=self._recycle
        )
        self.work = self._crew.work
        self._replacer = Replacer(
            children=self._children,
            wanted=lambda name: self._wishes.all_specs().get(name),
            failed=self._crew.stay,
            bus=bus,
            clock=clock,
        )
        self._changeover = Changeover(children=self._children, replacer=self._replacer)
        self._locks = WorkerLocks(self._wishes.names())
        self._applying = threading.Lock()
        self._running = False

    # Service

    def start(self) -> None:
        """Start what the configuration names. What cannot be started is told and does not hold up the rest."""
        if self._running:
            return
        self._running = True
        self._crew.start()
        self._replacer.start()
        self._changeover.start(list(self._wishes.all_specs().values()))

    def stop(self) -> None:
        """End all workers and processes, also workers the app started itself; returns when they are gone."""
        if not self._running:
            return
        self._running = False
        self._replacer.stop()
        with self._applying:  # what an edit is starting is stopped too
            self._children.stop_all()
        self._replacer.join()
        self._crew.stop()

    # Another configuration

    @property
    def config(self) -> Config:
        """The configuration that holds."""
        return self._wishes.config

    def apply(self, config: Config, *, digest: str = "", origin: str | None = None) -> ConfigReloaded:
        """Let another configuration hold, as far as it can while the app runs; publishes and returns what that means.

        Children whose settings are the same keep their process and their job. New ones are started and those that
        are gone leave after their job, at once; changed ones are replaced one after the other, from now on. What was
        scaled by hand keeps its number until the file names another for it; what is down stays down.

        Args:
            config: All of it.
            digest: Of the file's text, if it came from a file.
            origin: Who changed it.
        """
        with self._applying, self._locks.all(config.workers):
            before = self._wishes.all_specs()
            waiting = self._wishes.go_over_to(config)
            after = self._wishes.all_specs()
            path = str(config.path or "")
            told = reloaded(before, after, path=path, digest=digest, waiting=waiting, origin=origin)
            if self._running:
                self._changeover.follow(before, after, origin=origin)
            return self._bus.publish(told)  # who hears it finds what is new

    def preview(self, config: Config) -> tuple[tuple[str, str], ...]:
        """What `apply` would do: `(keep | start | replace | drain, the child's name)`. Nothing is changed."""
        wishes = copy(self._wishes)
        wishes.go_over_to(config)
        return describe(self._children.standing(), wishes.all_specs())

    def renew(self, *, reason: str, origin: str | None = None) -> None:
        """Replace each process of all workers, one after the other in each, by one that imports the code anew.

        Returns at once. Nothing is interrupted: an old process leaves after its job, once the new one is ready.
        """
        for worker in self.names():
            self._renew(worker, reason=reason, origin=origin)

    @property
    def is_settled(self) -> bool:
        """True while no process is due to be replaced."""
        return self._replacer.is_idle

    # What is wanted

    def names(self) -> tuple[str, ...]:
        """All workers, in the file's order."""
        return self._wishes.names()

    def status(self, name: str) -> WorkerStatus:
        """What is wanted of a worker, and how its processes are.

        Raises:
            UnknownNameError: No section has this name.
        """
        section, wish = self._wishes.read(name)
        return WorkerStatus(
            name=name,
            is_up=wish.is_up,
            processes=len(wish.numbers),
            queues=section.queues,
            children=self._children.of(name),
            is_fixed=wish.is_fixed,
        )

    def up(self, name: str, *, origin: str | None = None) -> None:
        """Start those processes of a worker that do not run.

        Raises:
            UnknownNameError: No section has this name.
            CommandNotFoundError, OSError: They cannot be started.
        """
        with self._lock_of(name):
            wanted = replace(self._wishes.of(name), is_up=True)
            self._want(name, wanted, reason="brought up", origin=origin)

    def down(self, name: str, *, origin: str | None = None) -> None:
        """Stop a worker and keep it down; returns when its processes are gone.

        Raises:
            UnknownNameError: No section has this name.
        """
        with self._lock_of(name):
            wanted = replace(self._wishes.of(name), is_up=False)
            self._want(name, wanted, reason="taken down", origin=origin)

    def scale(self, name: str, processes: int | Literal["auto"], *, origin: str | None = None) -> None:
        """Keep another number of processes; returns when those that are too many are gone.

        A number stays as it is, whatever waits, until "auto" lets the worker follow workers.toml again.
        A worker that is down stays down, and has this number when it comes up.

        Raises:
            UnknownNameError: No section has this name.
            ValueError: `processes` is neither a number from 0 to 256 nor "auto".
            CommandNotFoundError, OSError: They cannot be started.
        """
        with self._lock_of(name):
            before, after = self._wishes.of(name), self._wishes.scaled(name, processes)
            reason = f"scaled from {len(before.numbers)} to {len(after.numbers)}"
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
            after = replace(self._wishes.of(name), numbers=numbers)
            self._want(name, after, reason=reason, origin="autoscaler")
            queues = self.config.workers[name].queues
        if surplus:  # which may have been rung for a job before they left
            self._crew.ring(queues)
        return True

    def restart(self, name: str, *, origin: str | None = None) -> None:
        """Replace a worker's processes as `renew` does. One that is down, or waits for its restart, comes up.

        Returns at once. If a fresh process cannot start, the old one goes on, and it is tried again.

        Raises:
            UnknownNameError: No section has this name.
            CommandNotFoundError, OSError: They cannot be started.
        """
        with self._lock_of(name):
            due = self._renew(name, reason=RESTARTED, origin=origin)
            self._children.bring_back(name, besides=due, origin=origin)
            wanted = replace(self._wishes.of(name), is_up=True)
            self._want(name, wanted, reason="brought up", origin=origin)

    # What the rest of the app needs of the workers

    def team(self, name: str) -> Team:
        """Who of a worker is at a job and who waits for one; asks nobody, so it costs next to nothing.

        Raises:
            UnknownNameError: No section has this name.
        """
        wish = self._wishes.of(name)
        return team_of(name, wish.standing, self._crew.members(), is_free=wish.is_up and not wish.is_fixed)

    def on_tick(self, listener: Callable[[], object]) -> None:
        """From now on, call `listener` four times a second while any worker is busy, and when a worker is changed.

        It must return at once.
        """
        self._crew.on_tick = listener

    def adopt(self, spec: ChildSpec) -> ChildSpec:
        """Complete the spec of any child that runs `queue:work`, so that it is cared for like ours."""
        return self._wishes.complete(spec)

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

    # How it is done

    @contextmanager
    def _lock_of(self, name: str) -> Iterator[None]:
        """Held while something is done about a worker."""
        self._wishes.of(name)
        with self._locks.one(name):
            self._wishes.of(name)  # an edit may have removed it meanwhile
            yield

    def _want(self, name: str, wanted: Wish, *, reason: str, origin: str | None) -> None:
        """From now on, want this of a worker, and make it so. The caller holds the worker's lock."""
        count = len(wanted.standing)
        if count != len(self._wishes.of(name).standing):
            # Told first: those that are too many may take their whole grace to leave.
            self._bus.publish(WorkerScaled(worker=name, processes=count, reason=reason, origin=origin))
        self._wishes.put(name, wanted)
        if self._running:
            steps = plan(self._children.standing(name), self._wishes.specs(name))
            self._children.take([step for step in steps if not isinstance(step, Replace)], origin=origin)
            for step in steps:
                if isinstance(step, Replace):  # an edit is about to change them
                    self._changeover.due(step.spec.name, name, EDITED, origin=origin)
            listed = [child_name(name, number) for number in wanted.numbers]  # also of a worker that is down
            self._children.forget_ended(name, besides=listed)
            self._crew.on_tick()

    def _renew(self, worker: str, *, reason: str, origin: str | None) -> Collection[str]:
        at_work = self._children.at_work(worker)
        for child, pids in at_work.items():
            self._changeover.due(child, worker, reason, pids=pids, origin=origin)
        return at_work

    def _recycle(self, child: str, pid: int, reason: str) -> None:
        """A worker has reached one of its limits, and goes on until a fresh one is ready, if one may come."""
        spec = self._children.spec_of(child)
        if self._running and spec is not None and spec.worker and spec.policy.when is not RestartWhen.NEVER:
            self._changeover.due(child, spec.worker, f"it has reached its {reason}", pids=frozenset({pid}))
        else:
            self._supervisor.control(child, {"op": "drain"}, pid=pid)
