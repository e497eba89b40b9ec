"""Batches in the SQLite store, and what follows jobs: everything happens in the step that calls for it."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Final

import msgspec

from native_runtime.queue.batch_record import (
    BatchPlan,
    BatchStatus,
    StoredBatch,
    catcher,
    end_of,
    followers,
)
from native_runtime.queue.driver import Ack, Finish
from native_runtime.queue.drivers.given_id import given_id, is_storable, number_in
from native_runtime.queue.drivers.sqlite import steps
from native_runtime.queue.drivers.sqlite.noted import Noted
from native_runtime.queue.drivers.sqlite.rows import ALL, job_of
from native_runtime.queue.drivers.sqlite.statements import load_statements
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from native_runtime.queue.batch_record import NewBatch
    from native_runtime.queue.driver import Pushed, Settlement
    from native_runtime.queue.drivers.sqlite.noted import Untold
    from native_runtime.queue.job import Job, NewJob
    from native_runtime.queue.step_news import StepNews

    Row = tuple[Any, ...]

SQL: Final = load_statements("batches.sql", all=ALL)
"""The statements by name."""

IS_IN_BATCH: Final = (
    "seq <= IFNULL((SELECT last FROM batches WHERE first <= jobs.seq ORDER BY first DESC LIMIT 1), 0)"
)
"""A condition on the table of jobs: the job belongs to a batch that is stored. Batches do not overlap."""

_PLAN: Final = msgspec.json.Decoder(BatchPlan)


class SqliteBatches:
    """A `BatchStore` in the file of the jobs; see there for what each method promises.

    Args:
        reading: A connection to read with.
        writing: A connection in a transaction of its own.
        untold: Takes what steps have done by themselves.
    """

    def __init__(
        self,
        *,
        reading: Callable[[], AbstractContextManager[sqlite3.Connection]],
        writing: Callable[[], AbstractContextManager[sqlite3.Connection]],
        untold: Untold,
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._untold = untold

    def push(self, batch: NewBatch, *, now: float) -> list[Pushed]:
        """Store a batch with its jobs."""
        noted = Noted()
        with self._writing() as connection:
            pushed = steps.push(connection, batch.jobs, now) if batch.jobs else []
            first, last = (number_in(pushed[at].id) for at in (0, -1)) if pushed else (None, None)
            plan = msgspec.json.encode(batch.plan).decode()
            facts = (batch.id, batch.name, plan, len(pushed), first, last, now)
            added = connection.execute(SQL["add_batch"], facts)
            if not pushed:
                _look(connection, added.lastrowid, now, noted, has_failure=False)
        self._untold.add(noted)
        return pushed

    def find(self, batch_id: str) -> StoredBatch | None:
        """The batch, or None."""
        with self._reading() as connection, _snapshot(connection):
            row = _row_of(connection, batch_id)
            return None if row is None else _stored(connection, row)

    def select(self, *, limit: int = 100, offset: int = 0) -> list[StoredBatch]:
        """Batches, newest first."""
        with self._reading() as connection, _snapshot(connection):
            rows = connection.execute(SQL["newest_batches"], (limit, offset)).fetchall()
            return [_stored(connection, row) for row in rows]

    def count(self) -> int:
        """How many are stored."""
        with self._reading() as connection:
            return int(connection.execute(SQL["count_batches"]).fetchone()[0])

    def jobs(self, batch_id: str, *, limit: int | None = None, offset: int = 0) -> list[Job | None]:
        """Its jobs, in order."""
        with self._reading() as connection, _snapshot(connection):
            row = _row_of(connection, batch_id)
            if row is None:
                return []
            first, last = _range_of(row)
            first += offset
            last = last if limit is None else min(last, first + limit - 1)
            rows = connection.execute(SQL["jobs_in_batch"], {"first": first, "last": last})
            found = {each[0]: job_of(each) for each in rows}
            return [found.get(number) for number in range(first, last + 1)]

    def cancel(self, batch_id: str, *, now: float) -> bool:
        """Cancel its waiting jobs, flag its running ones."""
        noted = Noted()
        with self._writing() as connection:
            row = _row_of(connection, batch_id)
            if row is None or row[5] != BatchStatus.RUNNING:
                return False
            (seq,) = connection.execute(SQL["number_of_batch"], (batch_id,)).fetchone()
            connection.execute(SQL["cancel_batch"], (seq,))
            cancelled = _cancel_jobs(connection, *_range_of(row), now=now)
            noted.cancelled += [number for number, _runs in cancelled]
            _look(connection, seq, now, noted, has_failure=False)
        self._untold.add(noted)
        return True

    def take_news(self) -> Iterator[StepNews]:
        """What steps have done by themselves since the last call."""
        return self._untold.take(self._cancelled)

    def _cancelled(self, numbers: Sequence[int]) -> list[Job]:
        with self._reading() as connection:
            rows = connection.execute(SQL["page_of_cancelled"], (json.dumps(numbers),)).fetchall()
        return [job_of(row) for row in rows]


def follow(
    connection: sqlite3.Connection,
    settlements: Sequence[Settlement],
    settled: Sequence[bool],
    now: float,
    noted: Noted,
) -> None:
    """Store what follows jobs whose claims have ended."""
    for each, was_held in zip(settlements, settled, strict=True):
        if type(each) is Ack and each.then and was_held and not _is_cancelled(connection, each):
            _push(connection, each.then, now, noted)
    has_failure = any(type(each) is Finish and each.outcome.is_failure for each in settlements)
    look(connection, (each.job_id for each in settlements), now, noted, has_failure=has_failure)


def look(
    connection: sqlite3.Connection,
    job_ids: Iterable[str] | None,
    now: float | None,
    noted: Noted,
    *,
    has_failure: bool = False,
) -> None:
    """See to the running batches of these jobs.

    Args:
        connection: In a transaction.
        job_ids: The jobs that have changed; None is any.
        now: Epoch seconds; None where nobody tells: then the batch's last job tells.
        noted: Takes what is done.
        has_failure: One of them has failed for good.
    """
    if connection.execute(SQL["is_any_running"]).fetchone() is None:
        return
    if job_ids is None:
        running = [seq for (seq,) in connection.execute(SQL["running_batches"])]
    else:
        running = _running_batches_of(connection, sorted(filter(None, map(number_in, job_ids))))
    for seq in running:
        _look(connection, seq, now, noted, has_failure=has_failure)


def reopen(connection: sqlite3.Connection, job_id: str) -> None:
    """A job runs again, and so does its batch, if it has one."""
    connection.execute(SQL["reopen_batch"], {"number": number_in(job_id)})


def _look(
    connection: sqlite3.Connection, seq: int | None, now: float | None, noted: Noted, *, has_failure: bool
) -> None:
    row = connection.execute(SQL["batch"], (seq,)).fetchone()
    _seq, _id, plan_text, _total, first, last, _is_cancelled, is_caught, *_ = row
    plan, where = _PLAN.decode(plan_text), {"first": first, "last": last}
    if has_failure and not is_caught:
        failed = connection.execute(SQL["first_failed"], where).fetchone()
        if failed is not None:
            _catch(connection, row, plan, job_of(failed), noted)
    if connection.execute(SQL["has_open"], where).fetchone() is None:
        _end(connection, seq, plan, now, noted)


def _catch(connection: sqlite3.Connection, row: Row, plan: BatchPlan, failed: Job, noted: Noted) -> None:
    from native_runtime.queue.failed import failed_job

    seq, batch_id, _plan, _total, first, last, *_ = row
    now = failed.finished_at or 0.0
    connection.execute(SQL["caught"], (seq,))
    if not plan.allow_failures:
        for number, runs in _cancel_jobs(connection, first, last, now=now):
            if runs:
                noted.unneeded.append(given_id(number))
            else:
                noted.cancelled.append(number)
    _push(connection, catcher(batch_id, plan, failed_job(failed), now=now), now, noted)


def _end(
    connection: sqlite3.Connection, seq: int | None, plan: BatchPlan, now: float | None, noted: Noted
) -> None:
    row = connection.execute(SQL["batch"], (seq,)).fetchone()
    _seq, batch_id, _plan, total, first, last, is_cancelled, is_caught, has_then, has_finally, created = row
    where = {"first": first, "last": last}
    results = dict(connection.execute(SQL["results"], where).fetchall())
    at = created if now is None else now
    status = end_of(
        plan,
        total=total,
        succeeded=len(results),
        has_failed=bool(is_caught),
        is_cancelled=bool(is_cancelled),
    )
    # What has followed once does not follow again, should somebody retry a job of a batch that was over.
    left = BatchPlan(
        then=None if has_then else plan.then,
        finally_=None if has_finally else plan.finally_,
        cause=plan.cause,
    )
    in_order = [results.get(number) for number in range(first, last + 1)] if total else []
    facts = {
        "seq": seq,
        "status": status.value,
        "now": at,
        "has_then": has_then or status is BatchStatus.SUCCESS,
        "has_finally": True,
    }
    connection.execute(SQL["end_batch"], facts)
    _push(connection, followers(batch_id, left, status, in_order, now=at), at, noted)
    if (ended := _row_of(connection, batch_id)) is not None:
        noted.ended.append(_stored(connection, ended))


def _cancel_jobs(connection: sqlite3.Connection, first: int, last: int, *, now: float) -> list[Row]:
    """Cancel what waits, flag what runs. Returns the number of each, and whether it runs."""
    where = {"first": first, "last": last}
    cancelled: list[Row] = connection.execute(SQL["cancellable"], where).fetchall()
    connection.execute(SQL["cancel_jobs"], {**where, "now": now})
    return cancelled


def _push(connection: sqlite3.Connection, jobs: Sequence[NewJob], now: float, noted: Noted) -> None:
    pushed = steps.push(connection, jobs, now) if jobs else []
    noted.added += [(stored.id, job) for stored, job in zip(pushed, jobs, strict=True) if stored.is_new]


def _is_cancelled(connection: sqlite3.Connection, ack: Ack) -> bool:
    job = steps.find(connection, ack.job_id)
    return job is not None and job.cancel_requested


def _running_batches_of(connection: sqlite3.Connection, numbers: list[int]) -> list[int]:
    """Those that hold jobs of these numbers, which are sorted: leaps from one to the next."""
    found, at = [], 0
    while at < len(numbers):
        row = connection.execute(SQL["next_running"], (numbers[at],)).fetchone()
        if row is None:
            break
        seq, first, last = row
        at = bisect_left(numbers, first, at)
        if at < len(numbers) and numbers[at] <= last:
            found.append(seq)
        at = bisect_right(numbers, last, at)
    return found


def _row_of(connection: sqlite3.Connection, batch_id: str) -> Row | None:
    if not is_storable(batch_id):
        return None
    found: Row | None = connection.execute(SQL["batch_of_id"], (batch_id,)).fetchone()
    return found


def _stored(connection: sqlite3.Connection, row: Row) -> StoredBatch:
    batch_id, name, total, _first, _last, status, created_at, ended_at, plan = row
    first, last = _range_of(row)
    counts = dict(connection.execute(SQL["states_in_batch"], {"first": first, "last": last}).fetchall())
    succeeded = counts.get(JobState.SUCCESS.value, 0)
    failed = sum(n for state, n in counts.items() if JobState(state).is_failure)
    pending = sum(n for state, n in counts.items() if not JobState(state).is_over)
    return StoredBatch(
        id=batch_id,
        name=name,
        total=total,
        succeeded=succeeded,
        failed=failed,
        cancelled=total - succeeded - failed - pending,
        status=BatchStatus(status),
        created_at=created_at,
        ended_at=ended_at,
        cause=_PLAN.decode(plan).cause,
    )


def _range_of(row: Row) -> tuple[int, int]:
    """The numbers of a batch's jobs: a row of `batch_of_id`."""
    first, last = row[3], row[4]
    return (1, 0) if first is None else (first, last)


class _snapshot:  # noqa: N801 - as `caused_by`
    """Inside the block every look sees the same moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN")

    def __exit__(self, *_raised: object) -> None:
        self._connection.execute("COMMIT")
