"""The addresses that show something: status, jobs, batches, failed jobs, crash reports, health, metrics, events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, WebSocketRoute

from native_runtime.errors import ConfigError
from native_runtime.gateway import metrics
from native_runtime.gateway.config_shapes import PlanDocument
from native_runtime.gateway.event_names import unknown_event
from native_runtime.gateway.job_shapes import (
    BatchDetail,
    BatchPage,
    CrashDocument,
    JobDetail,
    JobPage,
    StoredCrashReport,
)
from native_runtime.gateway.operation import NOT_POSSIBLE, UNAVAILABLE, Operation
from native_runtime.gateway.query import JobSearch, Listening, Page, read_query
from native_runtime.gateway.reading import PAGE
from native_runtime.gateway.replies import refusal, reply
from native_runtime.gateway.status_shapes import HealthDocument, StatusDocument
from native_runtime.gateway.stream import EventStream
from native_runtime.gateway.texts import Texts
from native_runtime.gateway.threads import Threads
from native_runtime.gateway.turns import Turns
from native_runtime.queue.failed import FailedJob

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from native_runtime.events import EventBus
    from native_runtime.gateway.reading import Reading

_READERS: Final = 4


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
        self._turns: Turns | None = None
        self._texts = Texts()

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application's router."""
        return [
            Operation(
                "GET",
                "/healthz",
                self._healthz,
                "Whether everything is as it should be, and if not, what is wrong.",
                answers=HealthDocument,
                else_answers={UNAVAILABLE: HealthDocument},
                is_open=True,
            ),
            Operation("GET", "/metrics", self._metrics, "The status as Prometheus text.", answers=str),
            Operation("GET", "/api/status", self._status, "What runs, and how.", answers=StatusDocument),
            Operation(
                "GET",
                "/api/config/plan",
                self._plan,
                "What workers.toml, as it lies on the disk now, would do to the children.",
                answers=PlanDocument,
                refuses=(NOT_POSSIBLE,),
            ),
            Operation("GET", "/api/jobs", self._jobs, "Search jobs.", query=JobSearch, answers=JobPage),
            Operation(
                "GET", "/api/jobs/{id:path}", self._job, "Everything about one job.", answers=JobDetail
            ),
            Operation("GET", "/api/batches", self._batches, "List batches.", query=Page, answers=BatchPage),
            Operation(
                "GET",
                "/api/batches/{id:path}",
                self._batch,
                "One batch, and a page of its jobs.",
                query=Page,
                answers=BatchDetail,
            ),
            Operation(
                "GET",
                "/api/failed",
                self._failed,
                f"The jobs that failed for good, newest first, at most {PAGE}.",
                answers=list[FailedJob],
            ),
            Operation(
                "GET",
                "/api/crashes",
                self._crashes,
                "Crash reports, newest first.",
                answers=list[CrashDocument],
            ),
            Operation(
                "GET", "/api/crashes/{id}", self._crash, "One whole crash report.", answers=StoredCrashReport
            ),
            WebSocketRoute("/api/events", self._events),
        ]

    async def _healthz(self, _request: Request) -> Response:
        health = await self._threads.run(self._reading.health)
        return reply(health, status=503 if health["problems"] else 200)

    async def _metrics(self, _request: Request) -> Response:
        return Response(await self._threads.run(self._reading.metrics), media_type=metrics.CONTENT_TYPE)

    async def _status(self, _request: Request) -> Response:
        return reply(await self._threads.run(self._reading.status))

    async def _plan(self, _request: Request) -> Response:
        try:
            return reply(await self._threads.run(self._reading.plan))
        except ConfigError as error:
            return refusal(409, str(error))

    async def _jobs(self, request: Request) -> Response:
        search = read_query(request.query_params, JobSearch)
        return reply(await self._threads.run(self._reading.jobs, search.filter()))

    async def _job(self, request: Request) -> Response:
        job_id = request.path_params["id"]
        job = await self._threads.run(self._reading.job, job_id)
        return refusal(404, f"no job has the id {job_id!r}; see GET /api/jobs") if job is None else reply(job)

    async def _batches(self, request: Request) -> Response:
        page = read_query(request.query_params, Page)
        return reply(await self._threads.run(self._reading.batches, limit=page.limit, offset=page.offset))

    async def _batch(self, request: Request) -> Response:
        batch_id = request.path_params["id"]
        page = read_query(request.query_params, Page)
        found = await self._threads.run(self._reading.batch, batch_id, limit=page.limit, offset=page.offset)
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
        try:
            wanted = read_query(socket.query_params, Listening)
        except HTTPException as error:
            await socket.send_denial_response(refusal(error.status_code, error.detail))
            return
        if (unknown := unknown_event(wanted.only)) is not None:
            await socket.send_denial_response(refusal(400, unknown))
            return
        if self._turns is None:
            self._turns = Turns(asyncio.get_running_loop())
        await EventStream(
            socket,
            bus=self._bus,
            turns=self._turns,
            texts=self._texts,
            after=wanted.after,
            only=wanted.only,
            name=wanted.name or None,
            brief=wanted.brief == "1",
        ).run()
