"""The gateway as a service: a thread of its own with its own loop, so that no request delays the supervisor."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from native_runtime.gateway.access import Lock
from native_runtime.gateway.application import build_application
from native_runtime.gateway.collaborators import House
from native_runtime.gateway.endpoint_file import Endpoint, remove_endpoint, write_endpoint
from native_runtime.gateway.server_thread import ServerThread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.types import ASGIApp

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.gateway.collaborators import Fleet, Folders, RuntimeInfo, Supervisor
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.workers.config import Config

HOST: Final = "127.0.0.1"  # never another: nothing here may be reached from the network
_NO_PAGES: Final[Mapping[str, ASGIApp]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Running:
    endpoint: Endpoint
    thread: ServerThread


class Gateway:
    """Serves the panel, the JSON API, the event stream, health and metrics on 127.0.0.1.

    Args:
        supervisor: The children.
        fleet: The workers.
        driver: The job store.
        bus: The events.
        clock: Time.
        folders: Where crash reports lie and the endpoint file goes.
        info: The app.
        config: Returns the workers.toml that holds now.
        on_stop_request: Called on a thread of its own when somebody wants the app to stop.
        on_show_request: Called on a thread when somebody wants to see the app's window; False where it has none.
        pages: The app's own ASGI pages by path (`{"/desk": app}`), behind the same access checks.
        problems: Returns what else is wrong, one sentence each; shown in status and `/healthz`.
        port: 0 lets the system choose.
    """

    def __init__(
        self,
        *,
        supervisor: Supervisor,
        fleet: Fleet,
        driver: QueueDriver,
        bus: EventBus,
        clock: Clock,
        folders: Folders,
        info: RuntimeInfo,
        config: Callable[[], Config],
        on_stop_request: Callable[[], None],
        on_show_request: Callable[[], bool] = lambda: False,
        pages: Mapping[str, ASGIApp] = _NO_PAGES,
        problems: Callable[[], Sequence[str]] = tuple,
        port: int = 0,
    ) -> None:
        self._house = House(
            supervisor=supervisor,
            fleet=fleet,
            driver=driver,
            bus=bus,
            clock=clock,
            folders=folders,
            info=info,
            config=config,
            problems=problems,
        )
        self._on_stop_request = on_stop_request
        self._on_show_request = on_show_request
        self._pages = pages
        self._wanted_port = port
        self._running: _Running | None = None

    def start(self) -> None:
        """Listen, and write the endpoint file. Returns when requests are taken. Harmless twice.

        Raises:
            OSError: The port is taken.
            StoreError: The endpoint file cannot be written.
        """
        if self._running is not None:
            return
        listener = socket.create_server((HOST, self._wanted_port))
        try:
            self._running = self._open(listener)
        except BaseException:
            listener.close()
            raise
        self._running.thread.start()

    def stop(self) -> None:
        """Stop listening, end all connections, remove the endpoint file. Harmless twice, or before `start`."""
        running, self._running = self._running, None
        if running is None:
            return
        remove_endpoint(self._house.folders.endpoint, running.endpoint)
        running.thread.stop()

    @property
    def url(self) -> str:
        """The panel's address, `http://127.0.0.1:PORT/`, without the secret; empty while it does not run."""
        return self._running.endpoint.url if self._running else ""

    @property
    def token(self) -> str:
        """The secret of this run, for `Authorization: Bearer …`; empty while it does not run."""
        return self._running.endpoint.token if self._running else ""

    def link(self, path: str = "/") -> str:
        """An address with the secret: open it in a browser and be let in. Empty while it does not run."""
        if self._running is None:
            return ""
        separator = "&" if "?" in path else "?"
        return f"{self.url}{path.lstrip('/')}{separator}token={self.token}"

    def _open(self, listener: socket.socket) -> _Running:
        port = listener.getsockname()[1]
        info = self._house.info
        endpoint = Endpoint(
            url=f"http://{HOST}:{port}/",
            token=secrets.token_urlsafe(32),
            pid=info.pid,
            version=info.version,
        )
        application = build_application(
            self._house,
            lock=Lock(port=port, token=endpoint.token),
            url=endpoint.url,
            pages=self._pages,
            on_stop_request=self._on_stop_request,
            on_show_request=self._on_show_request,
        )
        write_endpoint(self._house.folders.endpoint, endpoint)
        return _Running(endpoint, ServerThread(application, listener))
