"""The addresses that do something: workers, processes, queues, jobs, batches, the runtime itself. All are POST."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from native_runtime.errors import shorten
from native_runtime.gateway.answers import BatchCancellation, Done, JobCancellation, Removed, Retried, Scaled
from native_runtime.gateway.openapi import ORIGIN, ORIGIN_HEADER
from native_runtime.gateway.operation import NOT_POSSIBLE, Operation
from native_runtime.gateway.replies import reply
from native_runtime.gateway.threads import Threads
from native_runtime.queue.queue_name import EXPECTED, is_queue_name
from native_runtime.workers.config import MOST_PROCESSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from native_runtime.gateway.actions import Actions
    from native_runtime.gateway.collaborators import Fleet, Supervisor

    Act = Callable[[Request, str], Any]

_ACTORS: Final = 8
_DEFAULT_ORIGIN: Final = "api"


class Scale(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /api/workers/{name}/scale`."""

    processes: Annotated[int, msgspec.Meta(ge=0, le=MOST_PROCESSES)] | Literal["auto"]


def origin_of(request: Request) -> str:
    """Who asks, by the X-Origin header: it comes back in the events that follow."""
    named = request.headers.get(ORIGIN_HEADER, _DEFAULT_ORIGIN)
    if not re.fullmatch(ORIGIN, named):
        raise HTTPException(400, f"{ORIGIN_HEADER} header: expected up to 64 letters, digits and . : @ _ -")
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
        fleet, supervisor, actions = self._fleet, self._supervisor, self._actions
        return [
            self._act("/api/workers/{name:path}/up", fleet.up, "Start a worker that is down."),
            self._act("/api/workers/{name:path}/down", fleet.down, "Stop a worker and keep it down."),
            self._act("/api/workers/{name:path}/restart", fleet.restart, "Replace a worker's processes."),
            Operation(
                "POST",
                "/api/workers/{name:path}/scale",
                self._scale,
                "Keep another number of processes, or as many as workers.toml and the jobs want.",
                takes=Scale,
                answers=Scaled,
                refuses=(NOT_POSSIBLE,),
            ),
            self._act(
                "/api/processes/{name:path}/start",
                actions.start_process,
                "Start a child that is down, or try one again now.",
            ),
            self._act(
                "/api/processes/{name:path}/stop",
                supervisor.stop,
                "End a child and its tree, and keep it down.",
            ),
            self._act(
                "/api/processes/{name:path}/restart", supervisor.restart, "End a child and start it again."
            ),
            self._act_on_queue("pause", actions.jobs.pause, "Let nothing more be taken from a queue."),
            self._act_on_queue("resume", actions.jobs.resume, "Open a queue again."),
            self._act_on_queue("clear", actions.clear, "Delete what waits in a queue.", Removed),
            *self._job_acts(),
            self._operation("/api/failed/retry", self._retry_failed, "Run all failed jobs again.", Retried),
            self._operation("/api/failed/flush", self._flush_failed, "Delete all failed jobs.", Removed),
            self._operation("/api/runtime/stop", self._stop_runtime, "End the whole app, after the answer."),
            self._operation(
                "/api/runtime/show", self._show_window, "Show the window again, in front of the others."
            ),
        ]

    def _job_acts(self) -> list[BaseRoute]:
        actions = self._actions
        return [
            self._act(
                "/api/jobs/{id:path}/retry", actions.jobs.retry, "Run a failed or cancelled job again."
            ),
            self._act("/api/jobs/{id:path}/forget", actions.jobs.forget, "Delete a job that is over."),
            self._act(
                "/api/jobs/{id:path}/cancel",
                actions.cancel,
                "Cancel a job that waits, or ask one that runs to stop.",
                JobCancellation,
            ),
            self._act(
                "/api/batches/{id:path}/cancel",
                actions.cancel_batch,
                "Cancel what waits of a batch, and ask what runs of it to stop.",
                BatchCancellation,
            ),
        ]

    def _act(self, path: str, act: Callable[..., Any], does: str, answers: Any = Done) -> Operation:
        """An act on something that has a name, or an id."""
        return self._operation(path, self._endpoint(act), does, answers)

    def _act_on_queue(self, verb: str, act: Callable[..., Any], does: str, answers: Any = Done) -> Operation:
        """An act on a queue, which is there as soon as it has a name that a queue can have."""

        def checked(name: str, *, origin: str) -> Any:
            if not is_queue_name(name):
                raise HTTPException(400, f"queue: expected {EXPECTED}, got {shorten(name)}")
            return act(name, origin=origin)

        return self._act(f"/api/queues/{{name:path}}/{verb}", checked, does, answers)

    def _operation(
        self, path: str, endpoint: Callable[[Request], Any], does: str, answers: Any = Done
    ) -> Operation:
        return Operation("POST", path, endpoint, does, answers=answers, refuses=(NOT_POSSIBLE,))

    def _endpoint(self, act: Callable[..., Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            (named,) = request.path_params.values()
            result = await self._threads.run(act, named, origin=origin_of(request))
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

    async def _show_window(self, request: Request) -> Response:
        origin_of(request)  # refused like everywhere, although nobody is told
        if not await self._threads.run(self._on_show_request):
            raise HTTPException(409, "the app has no window; open the link of `runtime:status` in a browser")
        return reply({"ok": True})

    async def _stop_runtime(self, request: Request) -> Response:
        origin_of(request)  # refused like everywhere, although nobody is told
        # Answered first; and on its own thread, because the runtime then stops this very server.
        stopping = threading.Thread(
            target=self._on_stop_request, name="native-runtime stop request", daemon=True
        )
        response = reply({"ok": True})
        response.background = BackgroundTask(stopping.start)
        return response
