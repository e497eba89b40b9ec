"""The job store in one SQLite file, shared by the app and its workers."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from native_runtime.clock import Clock, SystemClock
from native_runtime.errors import StoreError
from native_runtime.queue.drivers.sqlite import gates, opening, steps
from native_runtime.queue.drivers.sqlite.connections import Connections
from native_runtime.queue.drivers.sqlite.locking import begin, patient
from native_runtime.queue.drivers.sqlite.noted import Noted, Untold
from native_runtime.queue.drivers.sqlite.rows import ALL, claim_of, job_of
from native_runtime.queue.drivers.sqlite.steps import SQL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from native_runtime.queue.driver import JobFilter, Pushed, QueueCounts, Settlement
    from native_runtime.queue.drivers.sqlite.batches import SqliteBatches
    from native_runtime.queue.drivers.sqlite.connections import Durability
    from native_runtime.queue.job import Claim, Job, NewJob
    from native_runtime.queue.rate import Rate
    from native_runtime.queue.settings import QueueSettings


class SqliteDriver:
    """A `QueueDriver` over the file `path`; see there for what each method promises.

    Args:
        path: The file; made, with its folder, if it is not there.
        owner: True in the one process that owns the data folder. It looks for damage, and puts a damaged file
            out of the way; the others refuse to work on one.
        clock: Names a file that is set aside.
        durability: What a confirmed job outlives: `app`, the death of the app and of any worker; `power`, a power
            cut as well, for which each step waits for the disk.

    Attributes:
        path: The file.
        set_aside: Where a damaged file was put; None if it was sound.

    Raises:
        StoreError: The file cannot be opened, is damaged (and this is not the owner), or is of a later version.
    """

    def __init__(
        self,
        path: Path,
        *,
        owner: bool = False,
        clock: Clock | None = None,
        durability: Durability = "app",
    ) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._connections = Connections(path, durability)
        self._untold = Untold()
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            opening.refuse_newer(path)
            if owner:
                self.set_aside = opening.set_aside_if_damaged(path, clock or SystemClock())
            else:
                opening.refuse_empty(path)
            opening.make_missing(path)
            with self._connections.inside() as connection, patient(connection):
                opening.migrate(connection, path)

    @property
    def batches(self) -> SqliteBatches:
        """Its batches."""
        # Imported there, as in all that ends jobs: a millisecond for which a worker's first job need not wait.
        from native_runtime.queue.drivers.sqlite.batches import SqliteBatches

        return SqliteBatches(reading=self._reading, writing=self._writing, untold=self._untold)

    def push(self, jobs: Sequence[NewJob], *, now: float) -> list[Pushed]:
        """Store jobs durably."""
        with self._writing() as connection:
            return steps.push(connection, jobs, now)

    def claim(self, queues: Sequence[str], *, worker: str, limit: int, now: float) -> list[Claim]:
        """Reserve jobs."""
        _none, claims = self.exchange((), queues, worker=worker, limit=limit, now=now)
        return claims

    def settle(self, settlements: Sequence[Settlement], *, now: float) -> list[bool]:
        """End claims."""
        from native_runtime.queue.drivers.sqlite import batches

        noted = Noted()
        with self._writing() as connection:
            settled = steps.settle(connection, settlements, now, noted)
            batches.follow(connection, settlements, settled, now, noted)
        self._untold.add(noted)
        return settled

    def exchange(
        self, settlements: Sequence[Settlement], queues: Sequence[str], *, worker: str, limit: int, now: float
    ) -> tuple[list[bool], list[Claim]]:
        """`settle` and `claim` in one transaction."""
        while True:
            try:
                return self._exchange(settlements, queues, worker, limit, now)
            except steps.ManyDue as due:
                self._make_ready(due.queue, now)

    def _exchange(
        self, settlements: Sequence[Settlement], queues: Sequence[str], worker: str, limit: int, now: float
    ) -> tuple[list[bool], list[Claim]]:
        noted = Noted()
        with self._writing() as connection:
            settled = steps.settle(connection, settlements, now, noted)
            if settlements:
                from native_runtime.queue.drivers.sqlite import batches

                batches.follow(connection, settlements, settled, now, noted)
            claims = steps.claim(connection, queues, worker, limit, now)
        self._untold.add(noted)
        return settled, claims

    def _make_ready(self, queue: str, now: float) -> None:
        is_done = False
        while not is_done:  # others come in between
            with self._writing() as connection:
                is_done = steps.make_ready(connection, queue, now)

    def claims_of(self, worker: str) -> list[Claim]:
        """What a worker holds."""
        with self._reading() as connection:
            return [claim_of(row) for row in connection.execute(SQL["claims_of"], (worker,))]

    def workers(self) -> list[str]:
        """Everybody who holds claims."""
        with self._reading() as connection:
            return [row[0] for row in connection.execute(SQL["workers"])]

    def set_progress(self, job_id: str, *, token: int, progress: float, note: str) -> bool:
        """Note how far a running job is."""
        with self._writing() as connection:
            facts = {
                "seq": steps.number_of_claimed(connection, job_id),
                "token": token,
                "progress": progress,
                "note": note,
            }
            return connection.execute(SQL["set_progress"], facts).rowcount == 1

    def request_cancel(self, job_id: str, *, now: float) -> Job | None:
        """Cancel a waiting job; flag a running one."""
        from native_runtime.queue.drivers.sqlite import batches

        noted = Noted()
        with self._writing() as connection:
            connection.execute(
                SQL["request_cancel"], {"seq": steps.number_of(connection, job_id), "now": now}
            )
            batches.look(connection, (job_id,), now, noted)
            job = steps.find(connection, job_id)
        self._untold.add(noted)
        return job

    def find(self, job_id: str) -> Job | None:
        """The job, or None."""
        with self._reading() as connection:
            return steps.find(connection, job_id)

    def select(self, which: JobFilter) -> list[Job]:
        """Jobs that match, newest first."""
        from native_runtime.queue.drivers.sqlite.filters import condition

        where, values = condition(which)
        # Their numbers first, mostly from the index alone: of many thousands that match, only a page is read.
        page = f"SELECT seq FROM jobs WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?"  # noqa: S608 - values are bound
        sql = f"SELECT {ALL} FROM jobs WHERE seq IN ({page}) ORDER BY seq DESC"  # noqa: S608 - as above
        with self._reading() as connection:
            return [job_of(row) for row in connection.execute(sql, (*values, which.limit, which.offset))]

    def count(self, which: JobFilter) -> int:
        """How many jobs match."""
        from native_runtime.queue.drivers.sqlite.filters import condition

        where, values = condition(which)
        with self._reading() as connection:
            row = connection.execute(f"SELECT COUNT(*) FROM jobs WHERE {where}", values).fetchone()  # noqa: S608 - values are bound
            return int(row[0])

    def retry(self, job_ids: Sequence[str], *, now: float) -> list[str]:
        """Make failed or cancelled jobs ready again."""
        from native_runtime.queue.drivers.sqlite import batches

        with self._writing() as connection:
            retried = [
                job_id
                for job_id in job_ids
                if connection.execute(
                    SQL["retry"], {"seq": steps.number_of(connection, job_id), "now": now}
                ).rowcount
            ]
            for job_id in retried:
                batches.reopen(connection, job_id)
            return retried

    def forget(self, which: JobFilter) -> int:
        """Delete jobs that are over, or waiting where the filter says so."""
        from native_runtime.queue.drivers.sqlite import batches
        from native_runtime.queue.drivers.sqlite.filters import condition, deletable

        where, values = condition(deletable(which))
        spared = f"state = 'success' AND {batches.IS_IN_BATCH}"  # what follows the batch wants their results
        sql = f"DELETE FROM jobs WHERE {where} AND NOT ({spared})"  # noqa: S608 - values are bound
        noted = Noted()
        with self._writing() as connection:
            forgotten = connection.execute(sql, values).rowcount
            batches.look(connection, None, None, noted)
        self._untold.add(noted)
        return forgotten

    def prune(self, *, finished_before: float) -> int:
        """Delete successful and cancelled jobs of old."""
        from native_runtime.queue.drivers.sqlite import batches

        with self._writing() as connection:
            connection.execute(batches.SQL["prune_batches"], (finished_before,))
            return sum(
                connection.execute(
                    SQL["prune"], {"state": state, "queue": queue, "finished_before": finished_before}
                ).rowcount
                for state in ("cancelled", "success")
                for (queue,) in connection.execute(SQL["queues_of"], {"state": state}).fetchall()
            )

    def configure(self, settings: Sequence[QueueSettings], *, now: float) -> None:
        """Let queues be as workers.toml says."""
        with self._writing() as connection:
            gates.configure(connection, settings, now)

    def pause(self, queue: str) -> None:
        """Let nothing more be claimed."""
        with self._writing() as connection:
            gates.pause(connection, queue)

    def resume(self, queue: str) -> None:
        """Open the queue again."""
        with self._writing() as connection:
            gates.resume(connection, queue)

    def hold(self, queues: Sequence[str]) -> None:
        """Let nothing be claimed from exactly these."""
        with self._writing() as connection:
            gates.hold(connection, queues)

    def counts(self, *, now: float) -> list[QueueCounts]:
        """All queues in numbers."""
        from native_runtime.queue.drivers.sqlite.counting import queue_counts

        with self._reading() as connection:
            counted = {
                (state, queue): (n, since) for state, queue, n, since in connection.execute(SQL["counts"])
            }
            closed = {name: each for name, each in gates.read(connection).items() if each.closed_by}
        return [
            queue_counts(queue, counted, closed.get(queue), now=now)
            for queue in sorted(closed.keys() | {queue for _state, queue in counted})
        ]

    def next_due(self, queues: Sequence[str]) -> float | None:
        """When the earliest delayed job is due."""
        with self._reading() as connection:
            in_the_way = gates.read(connection)
            found = [
                gates.due(connection, in_the_way[queue])
                if queue in in_the_way
                else connection.execute(SQL["next_due"], {"queue": queue}).fetchone()[0]
                for queue in queues
            ]
        return min((at for at in found if at is not None), default=None)

    def claimable(self, queues: Sequence[str], *, most: int, now: float) -> int:
        """How many jobs workers could begin now."""
        with self._reading() as connection:
            in_the_way = gates.read(connection)
            found = 0
            for queue in queues:
                values = {"queue": queue, "most": most, "now": now}
                (waiting,) = connection.execute(SQL["claimable"], values).fetchone()
                found += min(waiting, gates.room(connection, in_the_way.get(queue), now))
        return int(min(found, most))

    def acquire(self, key: str, owner: str, *, until: float, now: float, most: int = 1) -> bool:
        """Hold a permit."""
        from native_runtime.queue.drivers.sqlite import permits

        with self._writing() as connection:
            return permits.acquire(connection, key, owner, until=until, now=now, most=most)

    def permits(self, key: str, *, now: float) -> list[float]:
        """Until when they are held."""
        with self._reading() as connection:
            return [row[0] for row in connection.execute(gates.SQL["permits"], (key, now))]

    def release_all(self, owners: Sequence[str]) -> None:
        """Give up whatever these hold."""
        with self._writing() as connection:
            connection.executemany(gates.SQL["release_all"], [(owner,) for owner in owners])

    def take(self, key: str, rate: Rate, *, now: float) -> float:
        """Take a token."""
        from native_runtime.queue.drivers.sqlite import permits

        with self._writing() as connection:
            return permits.take(connection, key, rate, now)

    def close(self) -> None:
        """Close all connections; whatever is asked later raises StoreError."""
        self._connections.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._connections.inside() as connection, patient(connection):
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._connections.inside() as connection:
            try:
                # Inside the block: a timeout may be raised in a job at any instruction, also right after this one.
                begin(connection)
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
            from native_runtime.queue.drivers.sqlite.problems import explained

            raise StoreError(str(self.path), *explained(error)) from error
