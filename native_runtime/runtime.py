"""The runtime of an app: the place that builds things and hands each its collaborators."""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import native_runtime
from native_runtime.clock import SystemClock
from native_runtime.connection import folders_of, path_of
from native_runtime.errors import MissingExtraError
from native_runtime.events.handler import HANDLER_THREAD
from native_runtime.events.listening import Listening
from native_runtime.services import Services, build
from native_runtime.window_slot import WindowSlot
from native_runtime.workers.config import Config
from native_runtime.workers.loader import load
from native_runtime.workers.standalone import find_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from native_runtime.gateway.server import Gateway
    from native_runtime.processes.supervisor import Supervisor
    from native_runtime.queue.queue import Queue
    from native_runtime.workers.fleet import WorkerFleet
    from native_runtime.workers.live_config import LiveConfig


class Runtime(Listening):
    """Background work beside an app's window: supervisor, workers, store, events, and the local gateway.

    Use it as a context manager around the GUI's loop, or call `start` and `stop`.

    Args:
        config: A configuration made in code; for a file there is `from_config`.
        pages: ASGI applications of the app's own, by path (`{"/desk": app}`), served by the gateway
            behind the same secret as the panel.
        data_dir: Overrides `[runtime] data_dir`, and is overridden by NATIVE_RUNTIME_DATA_DIR.
        gateway: False serves no panel and no API, and needs none of their packages.

    Raises:
        TypeError: `config` is none.
    """

    def __init__(
        self,
        config: Config,
        *,
        pages: Mapping[str, Any] | None = None,
        data_dir: str | Path | None = None,
        gateway: bool = True,
    ) -> None:
        if not isinstance(config, Config):
            raise TypeError(
                f"Runtime: config: expected a Config, got {config!r}; for a file: Runtime.from_config(path)"
            )
        self._clock = SystemClock()
        super().__init__(self._clock)
        self._config = config
        self.folders: Final = folders_of(config, data_dir)
        self._pages = dict(pages or {})
        self._wants_gateway = gateway
        self._running: ExitStack | None = None
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._stop_requested = threading.Event()
        self._stopped = threading.Event()
        self._stopped.set()
        self.window: Final = WindowSlot()
        self._gateway: Gateway | None = None
        self._services: Services | None = None

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
            TypeError: `path` is none.
        """
        given = str(path_of(path, "Runtime.from_config: path"))
        config = load(find_config(os.environ, given), environ=os.environ)
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
            self._pid = os.getpid()
            atexit.register(self.stop)

    def stop(self) -> None:
        """Stop everything in reverse order; returns when nothing runs. Harmless twice, or before `start`.

        In a copy of the process that `os.fork` has made it does nothing: all of it is the parent's.
        """
        if self._pid != os.getpid():
            return
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

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until somebody asks the app to stop (`runtime:stop`, the panel). True once somebody did."""
        return self._stop_requested.wait(timeout)

    @property
    def config(self) -> Config:
        """The configuration that holds: the file's, but for keys that wait for the next start."""
        return self._services.fleet.config if self._services is not None else self._config

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
        return self._started.supervisor

    @property
    def workers(self) -> WorkerFleet:
        """Keeps the workers of workers.toml; what `QueueWorker` speaks to."""
        return self._started.fleet

    @property
    def queue(self) -> Queue:
        """Takes jobs; what `job.dispatch` speaks to."""
        return self._started.queue

    @property
    def live(self) -> LiveConfig:
        """Follows workers.toml; `look` reads it at once, also where it is not watched."""
        return self._started.live

    @property
    def _started(self) -> Services:
        if self._services is None:
            raise RuntimeError("the runtime is not running; call start() or use it as a context manager")
        return self._services

    def _build(self, undo: ExitStack) -> None:
        self._stop_requested.clear()
        services = build(undo, config=self.config, folders=self.folders, bus=self.bus, clock=self._clock)
        self._services = services
        undo.callback(self._forget_services)
        services.begin(undo)
        if self._wants_gateway:
            self._serve(undo, services)
        services.follow(undo)

    def _forget_services(self) -> None:
        self._config = self.config
        self._services = self._gateway = None

    def _serve(self, undo: ExitStack, services: Services) -> None:
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
            supervisor=services.supervisor,
            fleet=services.fleet,
            driver=services.driver,
            bus=self.bus,
            clock=self._clock,
            folders=self.folders,
            info=info,
            config=lambda: self.config,
            on_stop_request=self._stop_requested.set,
            on_show_request=self.window.show,
            pages=self._pages,
            problems=lambda: services.problems,
        )
        gateway.start()
        undo.callback(gateway.stop)
        self._gateway = gateway
