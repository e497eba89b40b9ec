"""How a job becomes a row, and a row a job or a claim."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from native_runtime.queue.job import Claim, Job, NewJob
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = (
    "id, name, queue, payload, priority, available_at, fail_on_timeout, tries, backoff, timeout, cause, "
    "max_exceptions, retry_until, unique_key, unique_until, meta, "
    "token, attempts, exceptions, seq, "
    "state, created_at, started_at, finished_at, worker, progress, progress_note, result, error, traceback, "
    "cancel_requested"
)
Row = tuple[Any, ...]

_TOKEN: Final = 16  # columns before it describe what was handed in
_SEQ: Final = 19


def new_row(job: NewJob, *, now: float) -> Row:
    """The values of the `push` statement, in its order."""
    is_delayed = job.available_at > now
    return (
        job.id,
        job.name,
        job.queue,
        job.payload,
        job.priority,
        job.available_at if is_delayed else now,
        "delayed" if is_delayed else "ready",
        now,
        job.fail_on_timeout,
        job.tries,
        None if job.backoff is None else json.dumps(job.backoff),
        job.timeout,
        json.dumps(job.cause, ensure_ascii=False) if job.cause else None,
        job.max_exceptions,
        job.retry_until,
        job.unique_key,
        job.unique_until,
        job.meta or None,
    )


def new_job_of(row: Row) -> NewJob:
    """What was handed in."""
    return NewJob(
        id=row[0],
        name=row[1],
        queue=row[2],
        payload=row[3],
        priority=row[4],
        available_at=row[5],
        fail_on_timeout=bool(row[6]),
        tries=row[7],
        backoff=None if row[8] is None else tuple(json.loads(row[8])),
        timeout=row[9],
        cause=() if row[10] is None else tuple(json.loads(row[10])),
        max_exceptions=row[11],
        retry_until=row[12],
        unique_key=row[13],
        unique_until=row[14],
        meta=row[15] or b"",
    )


def claim_of(row: Row) -> Claim:
    """The right to run it."""
    token, attempt, exceptions = row[_TOKEN:_SEQ]
    return Claim(new=new_job_of(row), token=token, attempt=attempt, exceptions=exceptions)


def claims_in_order(rows: Sequence[Row]) -> list[Claim]:
    """Claims by priority, then age: RETURNING promises no order."""
    if len(rows) > 1:
        rows = sorted(rows, key=lambda row: (-row[4], row[_SEQ]))
    return [claim_of(row) for row in rows]


def job_of(row: Row) -> Job:
    """All that is known of it."""
    token, attempts, exceptions = row[_TOKEN:_SEQ]
    state, created_at, started_at, finished_at, worker, progress, note, result, error, traceback, cancel = (
        row[_SEQ + 1 :]
    )
    return Job(
        new=new_job_of(row),
        state=JobState(state),
        attempts=attempts,
        exceptions=exceptions,
        created_at=created_at,
        started_at=started_at,
        finished_at=finished_at,
        worker=worker,
        token=token,
        progress=progress,
        progress_note=note,
        result=result,
        error=error,
        traceback=traceback,
        cancel_requested=bool(cancel),
    )
