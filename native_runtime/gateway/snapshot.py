"""The documents that the JSON API, the panel and the command line show. Pure: facts in, JSON-ready data out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from native_runtime.clock import utc_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from native_runtime.gateway.collaborators import Activity, RunningJob, RuntimeInfo, WorkerStatus
    from native_runtime.gateway.job_shapes import CrashDocument
    from native_runtime.gateway.status_shapes import (
        ChildDocument,
        ExitDocument,
        QueueDocument,
        RunningJobDocument,
        RuntimeDocument,
        StatusDocument,
        WorkerDocument,
    )
    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.queue.driver import QueueCounts
    from native_runtime.workers.config import WorkerConfig

Document = Mapping[str, Any]

MEGABYTE: Final = 1024 * 1024
_RUNTIME_WORKER: Final = "queue:work"


def iso(epoch: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC, to the millisecond, as `utc_at` says it; None stays None."""
    return None if epoch is None else utc_at(epoch).isoformat(timespec="milliseconds")


def status_document(
    *,
    runtime: RuntimeDocument | None,
    children: Iterable[ChildSnapshot] = (),
    activities: Mapping[str, Activity] | None = None,
    queues: Iterable[QueueCounts] = (),
    workers: Iterable[tuple[WorkerStatus, WorkerConfig | None]] = (),
) -> StatusDocument:
    """The whole status: `runtime:status --json` and `GET /api/status`.

    Args:
        runtime: From `runtime_document`; None when no app runs.
        children: All known children.
        activities: What each worker process does, by the child's name.
        queues: All queues.
        workers: What is wanted of each worker, with its section of workers.toml if it has one.
    """
    activities = activities or {}
    return {
        "runtime": runtime,
        "children": [child_document(child, activities.get(child.name)) for child in children],
        "queues": [queue_document(counts) for counts in queues],
        "workers": [worker_document(status, config) for status, config in workers],
    }


def runtime_document(
    info: RuntimeInfo, *, now: float, problems: Sequence[str], url: str, seq: int
) -> RuntimeDocument:
    """The app itself.

    Args:
        info: The app.
        now: Monotonic seconds.
        problems: One sentence each; none means healthy.
        url: The panel's address, without the secret.
        seq: Number of the newest event this document may know of.
    """
    return {
        "app": info.app,
        "pid": info.pid,
        "version": info.version,
        "uptime": round(now - info.started, 3),
        "healthy": not problems,
        "problems": list(problems),
        "url": url,
        "seq": seq,
    }


def child_document(child: ChildSnapshot, activity: Activity | None = None) -> ChildDocument:
    """One child. `kind` is `worker` for whatever runs `queue:work`, else `process`."""
    is_worker = child.worker is not None or child.command[:1] == (_RUNTIME_WORKER,)
    job = activity.job if activity else None
    return {
        "name": child.name,
        "kind": "worker" if is_worker else "process",
        "worker": child.worker,
        "beside": child.beside,
        "command": list(child.command),
        "pid": child.pid,
        "state": child.state,
        "uptime": _rounded(child.uptime),
        "restarts": child.restarts,
        "retry_in": _rounded(child.retry_in),
        "rss_mb": None if child.rss is None else round(child.rss / MEGABYTE, 1),
        "cpu_percent": _rounded(child.cpu_percent, 1),
        "job": None if job is None else _running_document(job),
        "jobs_done": None if activity is None else activity.done,
        "jobs_failed": None if activity is None else activity.failed,
        "last_exit": None if child.last_exit is None else exit_document(child.last_exit),
    }


def exit_document(status: ExitStatus) -> ExitDocument:
    """How a run of a child ended."""
    return {
        "reason": status.reason,
        "exit_code": status.exit_code,
        "signal": status.signal,
        "at": status.at.isoformat(timespec="milliseconds"),
        "detail": status.detail,
    }


def queue_document(counts: QueueCounts) -> QueueDocument:
    """One queue in numbers."""
    return {
        "name": counts.name,
        "ready": counts.ready,
        "delayed": counts.delayed,
        "running": counts.running,
        "failed": counts.failed,
        "oldest_age": _rounded(counts.oldest_age),
        "paused": counts.paused,
        "paused_by": counts.paused_by,
    }


def worker_document(status: WorkerStatus, config: WorkerConfig | None) -> WorkerDocument:
    """What is wanted of one worker: `[workers.NAME]`, and what was changed since by hand.

    `scaling` is `auto` where the number follows the jobs, `hand` where somebody said it, else `file`.
    """
    follows_jobs = config is not None and config.processes.max > config.processes.min
    return {
        "name": status.name,
        "up": status.is_up,
        "processes": status.processes,
        "scaling": "hand" if status.is_fixed else "auto" if follows_jobs else "file",
        "min": config.processes.min if config else None,
        "max": config.processes.max if config else None,
        "queues": list(status.queues),
        "memory_mb": config.memory if config else None,
        "memory_kill_mb": config.memory_kill if config else None,
    }


def crash_document(report: Mapping[str, Any]) -> CrashDocument:
    """One line of `crash:list`, from a crash report as it lies in the data folder."""
    return {
        "id": report.get("id"),
        "child": report.get("child"),
        "reason": report.get("reason"),
        "exit_code": report.get("exit_code"),
        "signal": report.get("signal"),
        "job": report.get("job"),
        "at": report.get("at"),
        "path": report["path"],
        "detail": report.get("detail"),
        "uptime": report.get("uptime"),
    }


def _running_document(job: RunningJob) -> RunningJobDocument:
    return {"id": job.id, "name": job.name, "attempt": job.attempt, "seconds": round(job.seconds, 3)}


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
