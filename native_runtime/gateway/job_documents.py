"""Jobs and batches as the JSON API, the panel and the command line show them. Facts in, JSON-ready data out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from native_runtime.gateway.snapshot import iso
from native_runtime.queue.failed import failed_job

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.gateway.job_shapes import BatchDetail, BatchDocument, JobDetail, JobDocument, JobPage
    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.driver import JobFilter, QueueDriver
    from native_runtime.queue.job import Job


def job_document(job: Job) -> JobDocument:
    """One line of a list of jobs. `worker` is the child that holds it or held it last."""
    return {
        "id": job.id,
        "job": job.new.name,
        "queue": job.new.queue,
        "state": job.state,
        "attempts": job.attempts,
        "tries": job.new.tries,
        "priority": job.new.priority,
        "progress": job.progress,
        "progress_note": job.progress_note,
        "worker": child_of(job),
        "error": job.error,
        "cancel_requested": job.cancel_requested,
        "created_at": iso(job.created_at),
        "available_at": iso(job.new.available_at or job.created_at),
        "started_at": iso(job.started_at),
        "finished_at": iso(job.finished_at),
    }


def job_detail(job: Job) -> JobDetail:
    """Everything about one job: its arguments, result, traceback and what led to it, too."""
    return {
        **job_document(job),
        "payload": _data(job.new.payload),
        "result": None if job.result is None else _data(job.result),
        "traceback": job.traceback,
        "timeout": job.new.timeout,
        "backoff": list(job.new.backoff) if job.new.backoff is not None else None,
        "cause": list(job.new.cause),
    }


def job_page(driver: QueueDriver, which: JobFilter) -> JobPage:
    """Some jobs of a store, newest first, and how many there are in all. Blocks on the store."""
    return {
        "jobs": [job_document(job) for job in driver.select(which)],
        "total": driver.count(which),
        "limit": which.limit,
        "offset": which.offset,
    }


def batch_document(batch: StoredBatch) -> BatchDocument:
    """One line of a list of batches. `progress` is the part of its jobs that is over, 0.0 to 1.0."""
    return {
        "id": batch.id,
        "name": batch.name,
        "status": batch.status,
        "total": batch.total,
        "pending": batch.pending,
        "succeeded": batch.succeeded,
        "failed": batch.failed,
        "cancelled": batch.cancelled,
        "progress": 1.0 - batch.pending / batch.total if batch.total else 1.0,
        "created_at": iso(batch.created_at),
        "ended_at": iso(batch.ended_at),
    }


def batch_detail(batch: StoredBatch, jobs: Iterable[Job | None]) -> BatchDetail:
    """A batch with some of its jobs, and what led to it. A job that was deleted is left out."""
    return {
        **batch_document(batch),
        "cause": list(batch.cause),
        "jobs": [job_document(job) for job in jobs if job is not None],
    }


def failed_document(job: Job) -> dict[str, Any]:
    """One line of `queue:failed`."""
    return failed_job(job).document()


def child_of(job: Job) -> str | None:
    """Name of the child that holds the job: `images:1` of the worker id `images:1@4711.18f3…`."""
    return None if job.worker is None else job.worker.partition("@")[0]


def _data(stored: bytes) -> Any:
    try:
        return json.loads(stored)
    except ValueError:  # written by a version that is not this one: show it as it is
        return stored.decode("utf-8", "replace")
