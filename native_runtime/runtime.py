"""The runtime of an app: the place that builds things and hands each its collaborators."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import native_runtime
from native_runtime import environment
from native_runtime.clock import SystemClock
from native_runtime.connection import folders_of
from native_runtime.errors import MissingExtraError
from native_runtime.events import EventBus
from native_runtime.events.handler import HANDLER_THREAD
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
from native_runtime.workers.live_config import LiveConfig
from native_runtime.workers.loader import load
from native_runtime.workers.scaler import Scaler
from native_runtime.workers.standalone import find_config
from native_runtime.workers.unserved import unserved_queues

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from native_runtime.events import Event
    from native_runtime.gateway.server import Gateway
    from native_runtime.workers.config import Config

E = TypeVar("E", bound="Event")
T = TypeVar("T")


class Runtime:
    """Background work beside an app's window: supervisor, workers, store, events, and the local gateway.

    Use it as a context manager around the GUI's loop, or call `start` and `stop`.

    Args:
        config: A configuration, for instance from `load`.
        pages: ASGI applications of the app's own, by path (`{"/desk": app}`), served by the gateway
            behind the same secret as the panel.
        data_dir: Overrides `[runtime] data_dir`, and is overridden by NATIVE_RUNTIME_DATA_DIR.
        gateway: False serves no panel and no API, and needs none of their packages.
    """

    def __init__(
        self,
        config: Config,
        *,
        pages: Mapping[str, Any] | None = None,
        data_dir: str | Path | None = None,
        gateway: bool = True,
    ) -> None:
        self._config = config
        self.folders: Final = folders_of(config, data_dir)
        self.bus: Final = EventBus(clock=SystemClock())
        self._pages = dict(pages or {})
        self._wants_gateway = gateway
        self._clock = SystemClock()
        self._running: ExitStack | None = None
        self._lock = threading.Lock()
        self._stop_requested = threading.Event()
        self._stopped = threading.Event()
        self._stopped.set()
        self._gateway: Gateway | None = None
        self._supervisor: Supervisor | None = None
        self._fleet: WorkerFleet | None = None
        self._queue: Queue | None = None
        self._live: LiveConfig | None = None

    @classmethod
    def from_config(
        cls,
        path: str | Path,
        *,
        pages: Mapping[str, Any] | None = None,
        data_dir: str | Path | None = None,
        gateway: bool = True,
    ) -> Self:
        """A runtime for a workers.toml.

        Raises:
            ConfigError: The file cannot be used; holds every problem.
        """
        config = load(find_config(os.environ, str(path)), environ=os.environ)
        return cls(config, pages=pages, data_dir=data_dir, gateway=gateway)

    def start(self) -> None:
        """Start everything, in order; returns when the children are spawned. Harmless twice.

        Raises:
            AlreadyRunningError: Another runtime owns the data folder.
            StoreError: The job store cannot be used.
            MissingExtraError: The gateway's packages are not installed.
        """
        with self._lock:
            if self._running is not None:
                return
            with ExitStack() as undo:
                self._build(undo)
                self._running = undo.pop_all()
            self._stopped.clear()
            atexit.register(self.stop)

    def stop(self) -> None:
        """Stop everything in reverse order; returns when nothing runs. Harmless twice, or before `start`."""
        self._stop_requested.set()
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            try:
                running.close()
            finally:
                atexit.unregister(self.stop)
                self._stopped.set()
        elif not threading.current_thread().name.startswith(HANDLER_THREAD):
            self._stopped.wait()  # somebody else is stopping it, and waits for the handlers in turn

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def on(self, kind: type[E], handler: Callable[[E], object], **fields: object) -> Callable[[], None]:
        """Call `handler` with each event of class `kind` whose fields equal the given ones.

        The handler runs on a thread of its own, off the GUI's. Call the returned function to end it.
        """
        return self.bus.on(kind, handler, **fields)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until somebody asks the app to stop (`runtime:stop`, the panel). True once somebody did."""
        return self._stop_requested.wait(timeout)

    @property
    def config(self) -> Config:
        """The configuration that holds: the file's, but for keys that wait for the next start."""
        return self._fleet.config if self._fleet is not None else self._config

    def reload(self, *, reason: str = "the code is to be loaded anew") -> None:
        """Replace each worker process by a fresh one, which imports the code as it is now. Returns at once.

        Nothing is interrupted: an old process leaves after its job, once its fresh one is ready.

        Raises:
            RuntimeError: The runtime does not run.
        """
        self.workers.renew(reason=reason)

    @property
    def url(self) -> str:
        """Address of the status panel, with the secret of this run.

        Raises:
            RuntimeError: The runtime does not run, or has no gateway.
        """
        return self.link("/")

    def link(self, path: str) -> str:
        """Address of one of the app's own pages, with the secret of this run.

        Raises:
            RuntimeError: The runtime does not run, or has no gateway.
        """
        if self._gateway is None:
            raise RuntimeError(
                "nothing is served: the runtime is not running, or was made with gateway=False"
            )
        return self._gateway.link(path)

    @property
    def supervisor(self) -> Supervisor:
        """Keeps the children; what `ChildProcess` speaks to."""
        return self._started(self._supervisor)

    @property
    def workers(self) -> WorkerFleet:
        """Keeps the workers of workers.toml; what `QueueWorker` speaks to."""
        return self._started(self._fleet)

    @property
    def queue(self) -> Queue:
        """Takes jobs; what `job.dispatch` speaks to."""
        return self._started(self._queue)

    @property
    def live(self) -> LiveConfig:
        """Follows workers.toml; `look` reads it at once, also where it is not watched."""
        return self._started(self._live)

    def _started(self, service: T | None) -> T:
        if service is None:
            raise RuntimeError("the runtime is not running; call start() or use it as a context manager")
        return service

    def _build(self, undo: ExitStack) -> None:
        self._stop_requested.clear()
        self.folders.create()
        ownership = Ownership(self.folders.data)
        ownership.take()
        undo.callback(ownership.give_back)

        driver = SqliteDriver(
            self.folders.store, owner=True, clock=self._clock, durability=self.config.runtime.durability
        )
        undo.callback(driver.close)
        undo.callback(self.bus.close)

        commands = Commands(find=lambda: load_modules(self.config.runtime.jobs, path=self._import_path()))
        supervisor = Supervisor(clock=self._clock, bus=self.bus, launcher=self._launcher(commands))
        fleet = WorkerFleet(
            config=self.config,
            supervisor=supervisor,
            driver=driver,
            bus=self.bus,
            clock=self._clock,
            folders=self.folders,
        )
        commands.register("queue:work", fleet.adopt)
        queue = Queue(
            driver=driver,
            clock=self._clock,
            rang=fleet.jobs_dispatched,
            cancelling=fleet.cancel,
            cancelled=fleet.job_cancelled,
            ended=fleet.batch_ended,
        )
        undo.callback(queue.close)
        janitor = Janitor(driver=driver, clock=self._clock)
        self._supervisor, self._fleet, self._queue = supervisor, fleet, queue
        undo.callback(self._forget_services)

        supervisor.begin()
        undo.callback(supervisor.close)
        undo.enter_context(REFUSED.holding(self.bus.tell_refused))
        undo.enter_context(CURRENT_QUEUE.holding(queue))
        undo.enter_context(CURRENT_SUPERVISOR.holding(supervisor))
        undo.enter_context(CURRENT_FLEET.holding(fleet))
        live = self._live = LiveConfig(
            fleet=fleet, driver=driver, bus=self.bus, clock=self._clock, folders=self.folders
        )
        undo.callback(live.stop)
        live.limit_queues()
        fleet.start()
        undo.callback(fleet.stop)
        janitor.start()
        undo.callback(janitor.stop)
        if self._wants_gateway:
            self._serve(undo, driver, live)
        undo.callback(
            supervisor.accept_no_more
        )  # before anything is stopped: what is started then would stay
        scaler = Scaler(fleet=fleet, driver=driver, clock=self._clock)
        scaler.start(self.config.workers)
        undo.callback(scaler.stop)
        live.start(applied=lambda config: scaler.start(config.workers))
        undo.callback(live.follow_no_more)  # first of all: an edit must not start anything any more

    def _forget_services(self) -> None:
        self._config = self.config
        self._supervisor = self._fleet = self._queue = self._gateway = self._live = None

    def _launcher(self, commands: Commands) -> Launcher:
        inherited = {
            environment.DATA_DIR: str(self.folders.data),
            environment.JOBS: ",".join(self.config.runtime.jobs),
            environment.PATH: os.pathsep.join(self._import_path()),
        }
        if self.config.path is not None:
            inherited[environment.CONFIG] = str(self.config.path)
        return Launcher(
            spawner=system_spawner(),
            commands=commands,
            run_folder=self.folders.run,
            log_folder=self.folders.logs,
            crash_folder=self.folders.crashes,
            inherited=inherited,
            owner=owner_of(self.folders.data),
        )

    def _import_path(self) -> list[str]:
        """Where this app finds its modules: "" of `sys.path` is the working folder, a child's may be another."""
        entries = [str(Path(entry).absolute()) for entry in sys.path]
        if self.config.path is not None:
            entries.append(str(self.config.path.parent))
        return list(dict.fromkeys(entries))

    def _serve(self, undo: ExitStack, driver: SqliteDriver, live: LiveConfig) -> None:
        # Imported here: a runtime without a gateway needs none of the server's packages.
        from native_runtime.gateway.collaborators import RuntimeInfo

        try:
            from native_runtime.gateway.server import Gateway
        except ModuleNotFoundError as error:
            otherwise = "pass gateway=False to do without a panel"
            raise MissingExtraError("the status panel", "gateway", error.name or "", otherwise) from error

        info = RuntimeInfo(
            app=self.config.runtime.app,
            pid=os.getpid(),
            version=native_runtime.__version__,
            started=self._clock.monotonic(),
        )
        gateway = Gateway(
            supervisor=self.supervisor,
            fleet=self.workers,
            driver=driver,
            bus=self.bus,
            clock=self._clock,
            folders=self.folders,
            info=info,
            config=lambda: self.config,
            on_stop_request=self._stop_requested.set,
            pages=self._pages,
            problems=lambda: [*_problems(driver), *live.problems, *unserved_queues(self.config)],
        )
        gateway.start()
        undo.callback(gateway.stop)
        self._gateway = gateway


def _problems(driver: SqliteDriver) -> list[str]:
    if driver.set_aside is None:
        return []
    return [f"the job store was damaged; it was set aside as {driver.set_aside} and a new one begun"]
