"""The addresses that do something: workers, processes, queues, jobs, batches, the runtime itself. All are POST."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from native_runtime.gateway.replies import reply
from native_runtime.gateway.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from native_runtime.gateway.actions import Actions
    from native_runtime.gateway.collaborators import Fleet, Supervisor

    Act = Callable[[Request, str], Any]

MOST_PROCESSES: Final = 256
_ACTORS: Final = 8
_ORIGIN: Final = re.compile(r"[\w.:@-]{1,64}", re.ASCII)
_DEFAULT_ORIGIN: Final = "api"


class Scale(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /api/workers/{name}/scale`."""

    processes: Annotated[int, msgspec.Meta(ge=0, le=MOST_PROCESSES)] | Literal["auto"]


def origin_of(request: Request) -> str:
    """Who asks, by the X-Origin header: it comes back in the events that follow."""
    named = request.headers.get("x-origin", _DEFAULT_ORIGIN)
    if not _ORIGIN.fullmatch(named):
        raise HTTPException(400, "X-Origin header: expected up to 64 letters, digits and . : @ _ -")
    return named


def parse_scale(body: bytes) -> Scale:
    """Read `{"processes": n}` or `{"processes": "auto"}`.

    Raises:
        HTTPException: 400 with what is wrong.
    """
    try:
        return msgspec.json.decode(body, type=Scale)
    except msgspec.MsgspecError as error:
        raise HTTPException(
            400, f'body: expected {{"processes": 0 to {MOST_PROCESSES}, or "auto"}}; {error}'
        ) from error


class ActingRoutes:
    """Answers what changes something.

    Args:
        actions: What is more than one call.
        supervisor: The children.
        fleet: The workers.
        on_stop_request: Called on a thread of its own when somebody wants the whole app to stop.
        on_show_request: Brings the app's window to the front; False where it has none.
    """

    def __init__(
        self,
        *,
        actions: Actions,
        supervisor: Supervisor,
        fleet: Fleet,
        on_stop_request: Callable[[], None],
        on_show_request: Callable[[], bool],
    ) -> None:
        self._actions = actions
        self._supervisor = supervisor
        self._fleet = fleet
        self._on_stop_request = on_stop_request
        self._on_show_request = on_show_request
        self._threads = Threads(_ACTORS)

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application's router."""
        return [
            *self._named(
                "/api/workers/{name}", up=self._fleet.up, down=self._fleet.down, restart=self._fleet.restart
            ),
            Route("/api/workers/{name}/scale", self._scale, methods=["POST"]),
            *self._named(
                "/api/processes/{name}",
                start=self._actions.start_process,
                stop=self._supervisor.stop,
                restart=self._supervisor.restart,
            ),
            *self._named(
                "/api/queues/{name}",
                pause=self._actions.pause,
                resume=self._actions.resume,
                clear=self._actions.clear,
            ),
            *self._named(
                "/api/jobs/{name:path}",
                retry=self._actions.retry,
                forget=self._actions.forget,
                cancel=self._actions.cancel,
            ),
            *self._named("/api/batches/{name:path}", cancel=self._actions.cancel_batch),
            Route("/api/failed/retry", self._retry_failed, methods=["POST"]),
            Route("/api/failed/flush", self._flush_failed, methods=["POST"]),
            Route("/api/runtime/stop", self._stop_runtime, methods=["POST"]),
            Route("/api/runtime/show", self._show_window, methods=["POST"]),
        ]

    def _named(self, address: str, **acts: Callable[..., Any]) -> list[Route]:
        """`POST address/verb` for each act on something that has a name."""
        return [
            Route(f"{address}/{verb}", self._endpoint(act), methods=["POST"]) for verb, act in acts.items()
        ]

    def _endpoint(self, act: Callable[..., Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            result = await self._threads.run(act, request.path_params["name"], origin=origin_of(request))
            return reply({"ok": True, **(result or {})})

        return endpoint

    async def _scale(self, request: Request) -> Response:
        wanted = parse_scale(await request.body())
        await self._threads.run(
            self._fleet.scale, request.path_params["name"], wanted.processes, origin=origin_of(request)
        )
        return reply({"ok": True, "processes": wanted.processes})

    async def _retry_failed(self, request: Request) -> Response:
        return reply(
            {"ok": True, **await self._threads.run(self._actions.retry_failed, origin=origin_of(request))}
        )

    async def _flush_failed(self, request: Request) -> Response:
        return reply(
            {"ok": True, **await self._threads.run(self._actions.flush_failed, origin=origin_of(request))}
        )

    async def _show_window(self, _request: Request) -> Response:
        if not await self._threads.run(self._on_show_request):
            raise HTTPException(409, "the app has no window; open the link of `runtime:status` in a browser")
        return reply({"ok": True})

    async def _stop_runtime(self, _request: Request) -> Response:
        # Answered first; and on its own thread, because the runtime then stops this very server.
        stopping = threading.Thread(
            target=self._on_stop_request, name="native-runtime stop request", daemon=True
        )
        response = reply({"ok": True})
        response.background = BackgroundTask(stopping.start)
        return response
