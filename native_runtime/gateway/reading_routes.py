"""The addresses that show something: status, jobs, batches, failed jobs, crash reports, health, metrics, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from native_runtime.errors import ConfigError
from native_runtime.gateway import metrics
from native_runtime.gateway.replies import refusal, reply
from native_runtime.gateway.stream import EventStream
from native_runtime.gateway.threads import Threads
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from native_runtime.events import EventBus
    from native_runtime.gateway.reading import Reading

LARGEST_PAGE: Final = 1000  # jobs, or batches
DEFAULT_PAGE: Final = 100
_READERS: Final = 4


def job_filter(query: QueryParams) -> JobFilter:
    """Which jobs `?state=&queue=&text=&limit=&offset=` asks for; `state` may name several, with commas.

    Raises:
        HTTPException: 400 for a value that means nothing.
    """
    states = [name for name in query.get("state", "").split(",") if name]
    unknown = [name for name in states if name not in set(JobState)]
    if unknown:
        raise HTTPException(400, f"state: expected some of {', '.join(JobState)}, got {', '.join(unknown)}")
    limit, offset = page(query)
    return JobFilter(
        states=tuple(JobState(name) for name in states) or None,
        queue=query.get("queue") or None,
        text=query.get("text") or None,
        limit=limit,
        offset=offset,
    )


def page(query: QueryParams) -> tuple[int, int]:
    """Which part of a list `?limit=&offset=` asks for: the limit and the offset.

    Raises:
        HTTPException: 400 for a value that means nothing.
    """
    return (
        whole_number(query, "limit", default=DEFAULT_PAGE, most=LARGEST_PAGE),
        whole_number(query, "offset", default=0),
    )


def whole_number(query: QueryParams, key: str, *, default: int, most: int | None = None) -> int:
    """A parameter that counts something.

    Raises:
        HTTPException: 400 if it is no whole number from 0 (to `most`).
    """
    text = query.get(key)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit()) or (most is not None and int(text) > most):
        upper = f" to {most}" if most is not None else " up"
        raise HTTPException(400, f"{key}: expected a whole number from 0{upper}, got {text!r}")
    return int(text)


class ReadingRoutes:
    """Answers what only looks.

    Args:
        reading: The house as documents.
        bus: The events.
    """

    def __init__(self, *, reading: Reading, bus: EventBus) -> None:
        self._reading = reading
        self._bus = bus
        self._threads = Threads(_READERS)

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application's router."""
        return [
            Route("/healthz", self._healthz),
            Route("/metrics", self._metrics),
            Route("/api/status", self._status),
            Route("/api/config/plan", self._plan),
            Route("/api/jobs", self._jobs),
            Route("/api/jobs/{id:path}", self._job),
            Route("/api/batches", self._batches),
            Route("/api/batches/{id:path}", self._batch),
            Route("/api/failed", self._failed),
            Route("/api/crashes", self._crashes),
            Route("/api/crashes/{id}", self._crash),
            WebSocketRoute("/api/events", self._events),
        ]

    async def _healthz(self, _request: Request) -> Response:
        health = await self._threads.run(self._reading.health)
        return reply(health, status=503 if health["problems"] else 200)

    async def _metrics(self, _request: Request) -> Response:
        status = await self._threads.run(self._reading.status)
        return Response(metrics.render(status), media_type=metrics.CONTENT_TYPE)

    async def _status(self, _request: Request) -> Response:
        return reply(await self._threads.run(self._reading.status))

    async def _plan(self, _request: Request) -> Response:
        try:
            return reply(await self._threads.run(self._reading.plan))
        except ConfigError as error:
            return refusal(409, str(error))

    async def _jobs(self, request: Request) -> Response:
        return reply(await self._threads.run(self._reading.jobs, job_filter(request.query_params)))

    async def _job(self, request: Request) -> Response:
        job_id = request.path_params["id"]
        job = await self._threads.run(self._reading.job, job_id)
        return refusal(404, f"no job has the id {job_id!r}; see GET /api/jobs") if job is None else reply(job)

    async def _batches(self, request: Request) -> Response:
        limit, offset = page(request.query_params)
        return reply(await self._threads.run(self._reading.batches, limit=limit, offset=offset))

    async def _batch(self, request: Request) -> Response:
        batch_id = request.path_params["id"]
        limit, offset = page(request.query_params)
        found = await self._threads.run(self._reading.batch, batch_id, limit=limit, offset=offset)
        if found is None:
            return refusal(404, f"no batch has the id {batch_id!r}; see GET /api/batches")
        return reply(found)

    async def _failed(self, _request: Request) -> Response:
        return reply(await self._threads.run(self._reading.failed))

    async def _crashes(self, _request: Request) -> Response:
        return reply(await self._threads.run(self._reading.crashes))

    async def _crash(self, request: Request) -> Response:
        report_id = request.path_params["id"]
        report = await self._threads.run(self._reading.crash, report_id)
        if report is None:
            return refusal(404, f"no crash report has the id {report_id!r}; see GET /api/crashes")
        return reply(report)

    async def _events(self, socket: WebSocket) -> None:
        query = socket.query_params
        try:
            after = whole_number(query, "after", default=0) if query.get("after") else None
        except HTTPException as error:
            await socket.send_denial_response(refusal(error.status_code, error.detail))
            return
        only = [name for name in query.get("only", "").split(",") if name]
        brief = query.get("brief") == "1"
        await EventStream(socket, bus=self._bus, after=after, only=only, brief=brief).run()
