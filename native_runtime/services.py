"""What a running runtime is made of: built in order, each part handed its collaborators, and undone in reverse."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime import environment
from native_runtime.events.loop_guard import REFUSED
from native_runtime.ownership import Ownership
from native_runtime.processes.app_commands import load_modules
from native_runtime.processes.commands import Commands
from native_runtime.processes.facade import CURRENT as CURRENT_SUPERVISOR
from native_runtime.processes.launcher import Launcher, owner_of
from native_runtime.processes.supervisor import Supervisor
from native_runtime.processes.system import system_spawner
from native_runtime.queue.dispatch import CURRENT as CURRENT_QUEUE
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.queue import Queue
from native_runtime.workers.facade import CURRENT as CURRENT_FLEET
from native_runtime.workers.fleet import WorkerFleet
from native_runtime.workers.janitor import Janitor
from native_runtime.workers.job_actions import JobActions
from native_runtime.workers.job_queue import CURRENT as CURRENT_ACTIONS
from native_runtime.workers.live_config import LiveConfig
from native_runtime.workers.scaler import Scaler
from native_runtime.workers.unserved import unserved_queues

if TYPE_CHECKING:
    from contextlib import ExitStack

    from native_runtime.clock import SystemClock
    from native_runtime.events import EventBus
    from native_runtime.workers.config import Config
    from native_runtime.workers.folders import Folders


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a runtime that runs.

    Attributes:
        driver: The job store.
        supervisor: Keeps the children; what `ChildProcess` speaks to.
        fleet: Keeps the workers of workers.toml; what `QueueWorker` speaks to.
        queue: Takes jobs; what `job.dispatch` speaks to.
        actions: Steers queues and failed jobs; what `JobQueue` speaks to.
        live: Follows workers.toml.
        scaler: Starts and ends worker processes with the jobs there are.
        janitor: Forgets old jobs.
    """

    driver: SqliteDriver
    supervisor: Supervisor
    fleet: WorkerFleet
    queue: Queue
    actions: JobActions
    live: LiveConfig
    scaler: Scaler
    janitor: Janitor

    @property
    def problems(self) -> list[str]:
        """What keeps the app from being healthy, in sentences for a person."""
        damaged = self.driver.set_aside
        return [
            *(
                [f"the job store was damaged; it was set aside as {damaged} and a new one begun"]
                if damaged
                else []
            ),
            *self.live.problems,
            *unserved_queues(self.fleet.config),
        ]

    def begin(self, undo: ExitStack) -> None:
        """Start the children and workers; what ends them again is put on `undo`."""
        self.supervisor.begin()
        undo.callback(self.supervisor.close)
        undo.enter_context(CURRENT_QUEUE.holding(self.queue))
        undo.enter_context(CURRENT_SUPERVISOR.holding(self.supervisor))
        undo.enter_context(CURRENT_FLEET.holding(self.fleet))
        undo.enter_context(CURRENT_ACTIONS.holding(self.actions))
        undo.callback(self.live.stop)
        self.live.limit_queues()
        self.fleet.start()
        undo.callback(self.fleet.stop)
        self.janitor.start()
        undo.callback(self.janitor.stop)

    def follow(self, undo: ExitStack) -> None:
        """Scale with the jobs and follow the file; what ends that again is put on `undo`."""
        # Before anything is stopped: what is started then would stay.
        undo.callback(self.supervisor.accept_no_more)
        self.scaler.start(self.fleet.config.workers)
        undo.callback(self.scaler.stop)
        self.live.start(applied=lambda config: self.scaler.start(config.workers))
        undo.callback(self.live.follow_no_more)  # first of all: an edit must not start anything any more


def build(
    undo: ExitStack, *, config: Config, folders: Folders, bus: EventBus, clock: SystemClock
) -> Services:
    """Take the data folder, open the store, and put the parts together; nothing runs yet.

    Args:
        undo: Gets what gives all of it back.
        config: What holds at the start.
        folders: Of this app.
        bus: Where all of them publish.
        clock: Of the system.

    Raises:
        AlreadyRunningError: Another runtime owns the data folder.
        StoreError: The job store cannot be used.
    """
    folders.create()
    ownership = Ownership(folders.data)
    ownership.take()
    undo.callback(ownership.give_back)
    driver = SqliteDriver(folders.store, owner=True, clock=clock, durability=config.runtime.durability)
    undo.callback(driver.close)
    undo.callback(bus.close)
    undo.enter_context(REFUSED.holding(bus.tell_refused))

    commands = Commands(find=lambda: load_modules(fleet.config.runtime.jobs, path=_import_path(config)))
    supervisor = Supervisor(clock=clock, bus=bus, launcher=_launcher(config, folders, commands))
    fleet = WorkerFleet(
        config=config,
        supervisor=supervisor,
        driver=driver,
        bus=bus,
        clock=clock,
        folders=folders,
        check=lambda spec: commands.argv(commands.prepare(spec)),
    )
    commands.register("queue:work", fleet.adopt)
    queue = Queue(
        driver=driver,
        clock=clock,
        rang=fleet.jobs_dispatched,
        cancelling=fleet.cancel,
        cancelled=fleet.job_cancelled,
        ended=fleet.batch_ended,
    )
    undo.callback(queue.close)
    return Services(
        driver=driver,
        supervisor=supervisor,
        fleet=fleet,
        queue=queue,
        actions=JobActions(driver=driver, crew=fleet, bus=bus, clock=clock),
        live=LiveConfig(fleet=fleet, driver=driver, bus=bus, clock=clock, folders=folders),
        scaler=Scaler(fleet=fleet, driver=driver, clock=clock),
        janitor=Janitor(driver=driver, clock=clock),
    )


def _launcher(config: Config, folders: Folders, commands: Commands) -> Launcher:
    inherited = {
        environment.DATA_DIR: str(folders.data),
        environment.JOBS: ",".join(config.runtime.jobs),
        environment.PATH: os.pathsep.join(_import_path(config)),
    }
    if config.path is not None:
        inherited[environment.CONFIG] = str(config.path)
    return Launcher(
        spawner=system_spawner(),
        commands=commands,
        run_folder=folders.run,
        log_folder=folders.logs,
        crash_folder=folders.crashes,
        inherited=inherited,
        owner=owner_of(folders.data),
    )


def _import_path(config: Config) -> list[str]:
    """Where this app finds its modules: "" of `sys.path` is the working folder, a child's may be another."""
    entries = [str(Path(entry).absolute()) for entry in sys.path]
    if config.path is not None:
        entries.append(str(config.path.parent))
    return list(dict.fromkeys(entries))
