"""Gathers what the documents need from the house. Every function blocks on the store or the disk: call it on a thread."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from native_runtime.errors import NativeRuntimeError, UnknownNameError
from native_runtime.gateway import health, metrics, snapshot
from native_runtime.gateway.job_documents import (
    batch_detail,
    batch_document,
    failed_document,
    job_detail,
    job_page,
)
from native_runtime.processes.crash_report import read_reports
from native_runtime.queue.failed import failed_filter
from native_runtime.workers.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.gateway.collaborators import House, WorkerStatus
    from native_runtime.gateway.config_shapes import PlanDocument
    from native_runtime.gateway.job_shapes import BatchDetail, BatchPage, CrashDocument, JobDetail, JobPage
    from native_runtime.gateway.status_shapes import HealthDocument, StatusDocument
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.queue.driver import JobFilter, QueueCounts
    from native_runtime.workers.config import Config, WorkerConfig

PAGE: Final = 1000  # failed jobs listed at most

log = logging.getLogger("native_runtime.gateway")


class Reading:
    """The house as documents.

    Args:
        house: Where the facts are.
        url: The panel's address, without the secret.
    """

    def __init__(self, house: House, *, url: str) -> None:
        self._house = house
        self._url = url

    def status(self) -> StatusDocument:
        """The whole status. A store that cannot be read is a problem in it, not an error."""
        house = self._house
        seq = house.bus.last_seq  # before the facts: what happens meanwhile comes as an event, too
        queues, store_problems = self._queues()
        children = tuple(house.supervisor.all().values())
        config = house.config()
        problems = self._problems(children, store_problems)
        return snapshot.status_document(
            runtime=snapshot.runtime_document(
                house.info, now=house.clock.monotonic(), problems=problems, url=self._url, seq=seq
            ),
            children=children,
            activities=house.fleet.work.activities(),
            queues=queues,
            workers=self._workers(config),
        )

    def metrics(self) -> bytes:
        """The status as Prometheus text, and what the workers have done."""
        return metrics.render(self.status(), self._house.fleet.work.totals())

    def health(self) -> HealthDocument:
        """What `/healthz` answers."""
        _, store_problems = self._queues()
        children = self._house.supervisor.all().values()
        return health.health_document(self._problems(children, store_problems))

    def failed(self) -> list[dict[str, Any]]:
        """Failed jobs, newest first."""
        return [failed_document(job) for job in self._house.driver.select(failed_filter(limit=PAGE))]

    def jobs(self, which: JobFilter) -> JobPage:
        """A page of jobs, newest first, and how many there are in all."""
        return job_page(self._house.driver, which)

    def job(self, job_id: str) -> JobDetail | None:
        """Everything about one job; None if there is none of that id."""
        job = self._house.driver.find(job_id)
        return None if job is None else job_detail(job)

    def batches(self, *, limit: int, offset: int) -> BatchPage:
        """A page of batches, newest first, and how many there are in all."""
        batches = self._house.driver.batches
        return {
            "batches": [batch_document(batch) for batch in batches.select(limit=limit, offset=offset)],
            "total": batches.count(),
            "limit": limit,
            "offset": offset,
        }

    def batch(self, batch_id: str, *, limit: int, offset: int) -> BatchDetail | None:
        """A batch with a page of its jobs, in their order; None if there is none of that id."""
        batches = self._house.driver.batches
        batch = batches.find(batch_id)
        return (
            None if batch is None else batch_detail(batch, batches.jobs(batch_id, limit=limit, offset=offset))
        )

    def crashes(self) -> list[CrashDocument]:
        """Crash reports in short, newest first."""
        return [snapshot.crash_document(report) for report in read_reports(self._house.folders.crashes)]

    def crash(self, report_id: str) -> dict[str, Any] | None:
        """One whole crash report; None if there is none of that id."""
        reports = read_reports(self._house.folders.crashes)
        return next((report for report in reports if report.get("id") == report_id), None)

    def plan(self) -> PlanDocument:
        """What workers.toml, as it lies on the disk now, would do to the children.

        Raises:
            ConfigError: It cannot be used.
        """
        config = self._house.config()
        edited = load(config.path, environ=os.environ) if config.path is not None else config
        steps = self._house.fleet.preview(edited)
        path = str(config.path) if config.path is not None else None
        return {"path": path, "plan": [{"step": step, "child": child} for step, child in steps]}

    def _workers(self, config: Config) -> list[tuple[WorkerStatus, WorkerConfig | None]]:
        found: list[tuple[WorkerStatus, WorkerConfig | None]] = []
        for name in self._house.fleet.names():
            with suppress(UnknownNameError):  # an edit has just removed it
                found.append((self._house.fleet.status(name), config.workers.get(name)))
        return found

    def _problems(self, children: Iterable[ChildSnapshot], of_the_store: Iterable[str]) -> list[str]:
        return [*health.problems_of(children), *of_the_store, *self._lack_of_room(), *self._house.problems()]

    def _lack_of_room(self) -> list[str]:
        folder = self._house.folders.data
        try:
            problem = health.room_problem(shutil.disk_usage(folder).free, folder)
        except OSError:  # gone, or not ours: the store tells of that
            return []
        return [] if problem is None else [problem]

    def _queues(self) -> tuple[list[QueueCounts], list[str]]:
        try:
            return self._house.driver.counts(now=self._house.clock.epoch()), []
        except NativeRuntimeError as error:
            log.warning("the job store cannot be read: %s", error)
            return [], [f"the job store cannot be read: {error}"]
