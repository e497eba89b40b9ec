"""How a job becomes a row, and a row a job or a claim."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from native_runtime.queue.drivers.given_id import given_id
from native_runtime.queue.job import Claim, Job, NewJob
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

CLAIMED: Final = (
    "seq, id, name, queue, payload, priority, available_at, terms, unique_key, unique_until, "
    "token, attempts, exceptions"
)
"""The columns of a claim, in order."""

ALL: Final = (
    f"{CLAIMED}, state, created_at, started_at, finished_at, worker, progress, progress_note, result, error, "
    "traceback, cancel_requested"
)
"""The columns of a job, in order."""

Row = tuple[Any, ...]
Terms = tuple[
    int | None, tuple[float, ...] | None, float | None, tuple[str, ...], int | None, float | None, bool, bytes
]

_PRIORITY: Final = 5  # where the columns are
_TOKEN: Final = 10
_STATE: Final = 13

_NO_TERMS: Final[Terms] = (None, None, None, (), None, None, False, b"")
_KINDS: Final = 1024  # of terms that are remembered: a function's jobs mostly have the same
_LONGEST_KIND: Final = 1024  # characters; longer ones hold the rest of a chain, of which no two are alike


def new_row(job: NewJob, *, now: float) -> Row:
    """The values of the `push` statement, in its order."""
    terms = (
        job.tries,
        job.backoff,
        job.timeout,
        job.cause,
        job.max_exceptions,
        job.retry_until,
        job.fail_on_timeout,
        job.meta,
    )
    packed = None if terms == _NO_TERMS else _pack(terms)
    if job.available_at > now:
        at = job.available_at
        return ("delayed", job.queue, at, job.name, job.payload, job.priority, at, now, packed)
    return ("ready", job.queue, -job.priority, job.name, job.payload, job.priority, now, now, packed)


def named_row(job: NewJob, row: Row) -> Row:
    """The values of `push_named`: those of `push`, and what makes the job one of a kind."""
    return (*row, job.id or None, job.unique_key, job.unique_until)


def new_job_of(row: Row) -> NewJob:
    """What was handed in."""
    seq, chosen, name, queue, payload, priority, available_at, packed, unique_key, unique_until = row[:_TOKEN]
    tries, backoff, timeout, cause, max_exceptions, retry_until, fail_on_timeout, meta = (
        _NO_TERMS if packed is None else _unpack(packed)
    )
    return NewJob(
        id=chosen or given_id(seq),
        name=name,
        queue=queue,
        payload=payload,
        priority=priority,
        available_at=available_at,
        tries=tries,
        backoff=backoff,
        timeout=timeout,
        cause=cause,
        max_exceptions=max_exceptions,
        retry_until=retry_until,
        fail_on_timeout=fail_on_timeout,
        unique_key=unique_key,
        unique_until=unique_until,
        meta=meta,
    )


def claim_of(row: Row) -> Claim:
    """The right to run it."""
    token, attempt, exceptions = row[_TOKEN:_STATE]
    return Claim(new=new_job_of(row), token=token, attempt=attempt, exceptions=exceptions)


def claims_in_order(rows: Sequence[Row]) -> list[Claim]:
    """Claims by priority, then age: RETURNING promises no order."""
    if len(rows) > 1:
        rows = sorted(rows, key=lambda row: (-row[_PRIORITY], row[0]))
    return [claim_of(row) for row in rows]


def job_of(row: Row) -> Job:
    """All that is known of it."""
    token, attempts, exceptions = row[_TOKEN:_STATE]
    state, created_at, started_at, finished_at, worker, progress, note, result, error, traceback, cancel = (
        row[_STATE:]
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


def _pack(terms: Terms) -> str:
    return _packed(terms) if len(terms[-1]) <= _LONGEST_KIND else _packed.__wrapped__(terms)


def _unpack(packed: str) -> Terms:
    return _unpacked(packed) if len(packed) <= _LONGEST_KIND else _unpacked.__wrapped__(packed)


@lru_cache(_KINDS)
def _packed(terms: Terms) -> str:
    import json  # a millisecond; most jobs have no terms

    *others, meta = terms
    return json.dumps([*others, meta.decode()], ensure_ascii=False, separators=(",", ":"))


@lru_cache(_KINDS)
def _unpacked(packed: str) -> Terms:
    import json

    tries, backoff, timeout, cause, max_exceptions, retry_until, fail_on_timeout, meta = json.loads(packed)
    pauses = None if backoff is None else tuple(backoff)
    return (
        tries,
        pauses,
        timeout,
        tuple(cause),
        max_exceptions,
        retry_until,
        fail_on_timeout,
        meta.encode(),
    )
