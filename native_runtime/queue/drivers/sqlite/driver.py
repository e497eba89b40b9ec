"""The job store in one SQLite file, shared by the app and its workers."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from native_runtime.clock import Clock, SystemClock
from native_runtime.errors import ConflictError, StoreError
from native_runtime.queue.driver import Ack, Finish, Pushed, QueueCounts, Release
from native_runtime.queue.drivers.sqlite import opening
from native_runtime.queue.drivers.sqlite.connections import BUSY_TIMEOUT, Connections
from native_runtime.queue.drivers.sqlite.filters import condition, deletable
from native_runtime.queue.drivers.sqlite.rows import COLUMNS, claim_of, claims_in_order, job_of, new_row
from native_runtime.queue.drivers.sqlite.statements import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from native_runtime.queue.driver import JobFilter, Settlement
    from native_runtime.queue.job import Claim, Job, NewJob

_SQL: Final = load_statements(columns=COLUMNS)


class SqliteDriver:
    """A `QueueDriver` over the file `path`; see there for what each method promises.

    Args:
        path: The file; made, with its folder, if it is not there.
        owner: True in the one process that owns the data folder. It looks for damage, and puts a damaged file
            out of the way; the others refuse to work on one.
        clock: Names a file that is set aside.

    Attributes:
        path: The file.
        set_aside: Where a damaged file was put; None if it was sound.

    Raises:
        StoreError: The file cannot be opened, is damaged (and this is not the owner), or is of a later version.
    """

    def __init__(self, path: Path, *, owner: bool = False, clock: Clock | None = None) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._connections = Connections(path)
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            opening.refuse_newer(path)
            if owner:
                self._set_aside_if_damaged(clock or SystemClock())
            with self._connections.inside() as connection:
                opening.migrate(connection, path)

    def push(self, jobs: Sequence[NewJob], *, now: float) -> list[Pushed]:
        """Store jobs durably."""
        with self._writing() as connection:
            return _push(connection, jobs, now)

    def claim(self, queues: Sequence[str], *, worker: str, limit: int, now: float) -> list[Claim]:
        """Reserve jobs."""
        with self._writing() as connection:
            return _claim(connection, queues, worker, limit, now)

    def settle(self, settlements: Sequence[Settlement], *, now: float) -> list[bool]:
        """End claims."""
        with self._writing() as connection:
            return [_settle(connection, each, now) for each in settlements]

    def exchange(
        self, settlements: Sequence[Settlement], queues: Sequence[str], *, worker: str, limit: int, now: float
    ) -> tuple[list[bool], list[Claim]]:
        """`settle` and `claim` in one transaction."""
        with self._writing() as connection:
            settled = [_settle(connection, each, now) for each in settlements]
            return settled, _claim(connection, queues, worker, limit, now)

    def claims_of(self, worker: str) -> list[Claim]:
        """What a worker holds."""
        with self._reading() as connection:
            return [claim_of(row) for row in connection.execute(_SQL["claims_of"], (worker,))]

    def workers(self) -> list[str]:
        """Everybody who holds claims."""
        with self._reading() as connection:
            return [row[0] for row in connection.execute(_SQL["workers"])]

    def set_progress(self, job_id: str, *, token: int, progress: float, note: str) -> bool:
        """Note how far a running job is."""
        facts = {"job_id": job_id, "token": token, "progress": progress, "note": note}
        with self._writing() as connection:
            return connection.execute(_SQL["set_progress"], facts).rowcount == 1

    def request_cancel(self, job_id: str, *, now: float) -> Job | None:
        """Cancel a waiting job; flag a running one."""
        with self._writing() as connection:
            connection.execute(_SQL["request_cancel"], {"job_id": job_id, "now": now})
            return _find(connection, job_id)

    def find(self, job_id: str) -> Job | None:
        """The job, or None."""
        with self._reading() as connection:
            return _find(connection, job_id)

    def select(self, which: JobFilter) -> list[Job]:
        """Jobs that match, newest first."""
        where, values = condition(which)
        sql = f"SELECT {COLUMNS} FROM jobs WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?"  # noqa: S608 - values are bound
        with self._reading() as connection:
            return [job_of(row) for row in connection.execute(sql, (*values, which.limit, which.offset))]

    def count(self, which: JobFilter) -> int:
        """How many jobs match."""
        where, values = condition(which)
        with self._reading() as connection:
            row = connection.execute(f"SELECT COUNT(*) FROM jobs WHERE {where}", values).fetchone()  # noqa: S608 - values are bound
            return int(row[0])

    def retry(self, job_ids: Sequence[str], *, now: float) -> list[str]:
        """Make failed or cancelled jobs ready again."""
        with self._writing() as connection:
            return [
                job_id
                for job_id in job_ids
                if connection.execute(_SQL["retry"], {"job_id": job_id, "now": now}).rowcount
            ]

    def forget(self, which: JobFilter) -> int:
        """Delete jobs that are over, or waiting where the filter says so."""
        where, values = condition(deletable(which))
        with self._writing() as connection:
            return connection.execute(f"DELETE FROM jobs WHERE {where}", values).rowcount  # noqa: S608 - values are bound

    def prune(self, *, finished_before: float) -> int:
        """Delete successful and cancelled jobs of old."""
        with self._writing() as connection:
            return connection.execute(_SQL["prune"], (finished_before,)).rowcount

    def pause(self, queue: str) -> None:
        """Let nothing more be claimed."""
        with self._writing() as connection:
            connection.execute(_SQL["pause"], (queue,))

    def resume(self, queue: str) -> None:
        """Open the queue again."""
        with self._writing() as connection:
            connection.execute(_SQL["resume"], (queue,))

    def counts(self, *, now: float) -> list[QueueCounts]:
        """All queues in numbers."""
        with self._reading() as connection:
            counted = {
                (state, queue): (n, since) for state, queue, n, since in connection.execute(_SQL["counts"])
            }
            paused = {row[0] for row in connection.execute(_SQL["paused"])}
        return [
            _queue_counts(queue, counted, is_paused=queue in paused, now=now)
            for queue in sorted(paused | {queue for _state, queue in counted})
        ]

    def next_due(self, queues: Sequence[str]) -> float | None:
        """When the earliest delayed job is due."""
        with self._reading() as connection:
            found = [connection.execute(_SQL["next_due"], {"queue": queue}).fetchone()[0] for queue in queues]
        return min((at for at in found if at is not None), default=None)

    def close(self) -> None:
        """Close all connections; whatever is asked later raises StoreError."""
        self._connections.close()

    def _set_aside_if_damaged(self, clock: Clock) -> None:
        damage = opening.damage_of(self.path)
        if damage is None:
            return
        self.set_aside = opening.set_aside(self.path, clock.utc())
        import logging

        logging.getLogger("native_runtime.queue").error(
            "the job store %s %s; it was set aside as %s and a new, empty one was made: "
            "jobs that waited in it do not run",
            self.path,
            damage,
            self.set_aside,
        )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._connections.inside() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._connections.inside() as connection:
            try:
                # Inside the block: a timeout may be raised in a job at any instruction, also right after this one.
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite has rolled back by itself if the disk is full
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise StoreError(str(self.path), *_explained(error)) from error


def _push(connection: sqlite3.Connection, jobs: Sequence[NewJob], now: float) -> list[Pushed]:
    rows = [new_row(job, now=now) for job in jobs]
    if len(jobs) > 1 and all(job.unique_key is None for job in jobs):
        connection.execute("SAVEPOINT bulk")
        if connection.executemany(_SQL["push"], rows).rowcount == len(rows):
            return [Pushed(job.id, is_new=True) for job in jobs]
        connection.execute("ROLLBACK TO bulk")  # some are known: look at each
    return [_push_one(connection, job, row, now) for job, row in zip(jobs, rows, strict=True)]


def _push_one(connection: sqlite3.Connection, job: NewJob, row: tuple[object, ...], now: float) -> Pushed:
    if job.unique_key is not None:
        twin = connection.execute(_SQL["unique"], (job.unique_key, now)).fetchone()
        if twin is not None:
            return Pushed(twin[0], is_new=False)
    if connection.execute(_SQL["push"], row).rowcount == 1:
        return Pushed(job.id, is_new=True)
    name, queue, payload = connection.execute(_SQL["identity"], (job.id,)).fetchone()
    for what, stored, given in (
        ("name", name, job.name),
        ("queue", queue, job.queue),
        ("payload", payload, job.payload),
    ):
        if stored != given:
            raise ConflictError(job.id, what)
    return Pushed(job.id, is_new=False)


def _claim(
    connection: sqlite3.Connection, queues: Sequence[str], worker: str, limit: int, now: float
) -> list[Claim]:
    claims: list[Claim] = []
    for queue in queues:
        if len(claims) >= limit:
            break
        facts = {"queue": queue, "worker": worker, "limit": limit - len(claims), "now": now}
        connection.execute(_SQL["promote"], facts)
        claims += claims_in_order(connection.execute(_SQL["claim"], facts).fetchall())
    return claims


def _settle(connection: sqlite3.Connection, settlement: Settlement, now: float) -> bool:
    facts: dict[str, object] = {"job_id": settlement.job_id, "token": settlement.token, "now": now}
    match settlement:
        case Ack(result=result):
            return connection.execute(_SQL["ack"], facts | {"result": result}).rowcount == 1
        case Release():
            facts |= {"at": settlement.at, "give_back": settlement.give_back}
            statement = "release"
        case Finish():
            facts |= {"outcome": settlement.outcome.value}
            statement = "finish"
    facts |= {
        "exception": settlement.exception,
        "error": settlement.error,
        "traceback": settlement.traceback,
    }
    is_settled = connection.execute(_SQL[statement], facts).rowcount == 1
    if is_settled and isinstance(settlement, Finish) and settlement.then:
        _push(connection, settlement.then, now)
    return is_settled


def _find(connection: sqlite3.Connection, job_id: str) -> Job | None:
    row = connection.execute(_SQL["find"], (job_id,)).fetchone()
    return None if row is None else job_of(row)


def _queue_counts(
    queue: str, counted: dict[tuple[str, str], tuple[int, float | None]], *, is_paused: bool, now: float
) -> QueueCounts:
    ready, since = counted.get(("ready", queue), (0, None))
    return QueueCounts(
        name=queue,
        ready=ready,
        delayed=counted.get(("delayed", queue), (0, None))[0],
        running=counted.get(("running", queue), (0, None))[0],
        failed=counted.get(("failed", queue), (0, None))[0],
        oldest_age=None if since is None else max(0.0, now - since),
        paused=is_paused,
    )


def _explained(error: sqlite3.Error | OSError) -> tuple[str, str]:
    """The problem, and what to do about it."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return (
            f"another program has kept it locked for {BUSY_TIMEOUT:g} s ({text})",
            "close other programs that have the file open, such as a database browser or a backup, and try again",
        )
    if "full" in text:
        return f"the disk is full ({text})", "free some space; nothing was stored"
    if "readonly" in text or "unable to open" in text or isinstance(error, OSError):
        return (
            f"cannot be opened for writing ({text})",
            "make the folder writable for this user, or choose another data_dir",
        )
    if "malformed" in text or "not a database" in text:
        return f"is damaged ({text})", "restart the app: it sets the file aside and begins a new one"
    return f"failed ({text})", "see the SQLite documentation for this message"
