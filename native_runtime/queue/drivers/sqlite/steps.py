"""What happens inside one transaction: jobs stored, claimed, settled, found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from native_runtime.queue.driver import Ack, Pushed, Release
from native_runtime.queue.drivers.given_id import given_id, is_storable, number_in, refuse_given
from native_runtime.queue.drivers.identity import refuse_conflict
from native_runtime.queue.drivers.sqlite import gates
from native_runtime.queue.drivers.sqlite.rows import (
    ALL,
    CLAIMED,
    claims_in_order,
    job_of,
    named_row,
    new_row,
)
from native_runtime.queue.drivers.sqlite.statements import load_statements

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from native_runtime.queue.driver import Settlement
    from native_runtime.queue.drivers.gate import Gate
    from native_runtime.queue.drivers.sqlite.noted import Noted
    from native_runtime.queue.job import Claim, Job, NewJob

SQL: Final = load_statements(claimed=CLAIMED, all=ALL)
"""The statements by name."""


MOST_DUE: Final = (
    1_000  # delayed jobs that one transaction makes ready: others wait for it for some milliseconds
)


def push(connection: sqlite3.Connection, jobs: Sequence[NewJob], now: float) -> list[Pushed]:
    """Store jobs. Raises ConflictError and OptionError."""
    if any(job.id or job.unique_key for job in jobs):
        return [_push_one(connection, job, now) for job in jobs]
    if len(jobs) == 1:
        added = connection.execute(SQL["push"], new_row(jobs[0], now=now))
        return [Pushed(given_id(added.lastrowid), is_new=True)]
    connection.executemany(SQL["push"], [new_row(job, now=now) for job in jobs])
    # Nobody else has stored anything meanwhile, so the numbers follow one another.
    (last,) = connection.execute("SELECT last_insert_rowid()").fetchone()
    return [Pushed(given_id(seq), is_new=True) for seq in range(last - len(jobs) + 1, last + 1)]


def _push_one(connection: sqlite3.Connection, job: NewJob, now: float) -> Pushed:
    refuse_given(job)
    if job.unique_key is not None:
        twin = connection.execute(SQL["unique"], (job.unique_key, now)).fetchone()
        if twin is not None:
            seq, chosen = twin
            return Pushed(chosen or given_id(seq), is_new=False)
    added = connection.execute(SQL["push_named"], named_row(job, new_row(job, now=now)))
    if added.rowcount == 1:
        return Pushed(job.id or given_id(added.lastrowid), is_new=True)
    name, payload = connection.execute(SQL["identity"], (job.id,)).fetchone()
    refuse_conflict(job, name=name, payload=payload)
    return Pushed(job.id, is_new=False)


class ManyDue(Exception):  # noqa: N818 - not an error: roll back, let `make_ready` do it, and claim then
    """So many jobs of a queue have come due that one transaction does not make them all ready.

    Which of them is first is known only then. Had one transaction to do it, everybody else would wait for it.
    """

    def __init__(self, queue: str) -> None:
        self.queue = queue
        super().__init__(queue)


def claim(
    connection: sqlite3.Connection, queues: Sequence[str], worker: str, limit: int, now: float
) -> list[Claim]:
    """Reserve jobs.

    Raises:
        ManyDue: Nothing was claimed.
    """
    in_the_way = gates.read(connection)
    claims: list[Claim] = []
    for queue in queues:
        if len(claims) >= limit:
            break
        gate = in_the_way.get(queue)
        if gate is not None and gate.closed_by:
            continue
        if not make_ready(connection, queue, now):
            if claims:
                break
            raise ManyDue(queue)
        facts = {"queue": queue, "worker": worker, "limit": limit - len(claims), "now": now}
        if gate is None or not gate.is_limited:
            claims += _claim(connection, facts)
        elif claims or (claims := _claim_limited(connection, gate, facts, now)):
            break  # it comes alone
    return claims


def make_ready(connection: sqlite3.Connection, queue: str, now: float) -> bool:
    """Let delayed jobs that are due wait to be reserved. False if there may be more of them."""
    facts = {"queue": queue, "now": now, "most": MOST_DUE}
    return connection.execute(SQL["promote"], facts).rowcount < MOST_DUE


def _claim(connection: sqlite3.Connection, facts: Mapping[str, object]) -> list[Claim]:
    return claims_in_order(connection.execute(SQL["claim"], facts).fetchall())


def _claim_limited(
    connection: sqlite3.Connection, gate: Gate, facts: Mapping[str, object], now: float
) -> list[Claim]:
    passed = gates.pass_one(connection, gate, now)
    claims = _claim(connection, {**facts, "limit": 1}) if passed else []
    if passed and claims:
        gates.put(connection, passed)
    elif gate.filled_at > now:
        gates.put(connection, gate.looked_at(now))
    return [replace(each, is_limited=True) for each in claims]


def settle(
    connection: sqlite3.Connection, settlements: Sequence[Settlement], now: float, noted: Noted
) -> list[bool]:
    """End claims; False for each that was lost."""
    if len(settlements) > 1 and all(isinstance(each, Ack) for each in settlements):
        connection.execute("SAVEPOINT bulk")
        facts = [_ack_row(connection, each, now) for each in settlements if isinstance(each, Ack)]
        if connection.executemany(SQL["ack"], facts).rowcount == len(settlements):
            return [True] * len(settlements)
        connection.execute("ROLLBACK TO bulk")  # some have lost their claims: look at each
    return [_settle_one(connection, each, now, noted) for each in settlements]


def _ack_row(connection: sqlite3.Connection, ack: Ack, now: float) -> tuple[object, ...]:
    return (now, now, ack.result, number_of_claimed(connection, ack.job_id), ack.token)


def _settle_one(connection: sqlite3.Connection, settlement: Settlement, now: float, noted: Noted) -> bool:
    if isinstance(settlement, Ack):
        return connection.execute(SQL["ack"], _ack_row(connection, settlement, now)).rowcount == 1
    number = number_of_claimed(connection, settlement.job_id)
    facts: dict[str, object] = {
        "seq": number,
        "token": settlement.token,
        "now": now,
        "exception": settlement.exception,
        "error": settlement.error,
        "traceback": settlement.traceback,
    }
    if isinstance(settlement, Release):
        facts |= {"at": settlement.at, "give_back": settlement.give_back}
        released = connection.execute(SQL["release"], facts).fetchone()
        if released == ("cancelled",) and number is not None:
            noted.cancelled.append(number)
        return released is not None
    facts |= {"outcome": settlement.outcome.value}
    is_settled = connection.execute(SQL["finish"], facts).rowcount == 1
    if is_settled and settlement.then:
        push(connection, settlement.then, now)
    return is_settled


def number_of(connection: sqlite3.Connection, job_id: str) -> int | None:
    """The number of a job; None if there is no such job."""
    number = number_in(job_id)
    if number is None and not is_storable(job_id):
        return None
    found = (
        connection.execute(SQL["chosen"], (job_id,))
        if number is None
        else connection.execute(SQL["given"], (number,))
    ).fetchone()
    return None if found is None else int(found[0])


def number_of_claimed(connection: sqlite3.Connection, job_id: str) -> int | None:
    """The number of a job that was claimed once; None if it is gone."""
    # No number is given twice: one that was this job's is no other's, and needs no look.
    number = number_in(job_id)
    return number_of(connection, job_id) if number is None else number


def find(connection: sqlite3.Connection, job_id: str) -> Job | None:
    """The job, or None."""
    row = connection.execute(SQL["find"], (number_of(connection, job_id),)).fetchone()
    return None if row is None else job_of(row)
