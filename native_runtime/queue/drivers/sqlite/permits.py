"""Permits and buckets in their tables. What has expired, or is full again, is no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.queue import rate as buckets
from native_runtime.queue.drivers.sqlite.gates import SQL

if TYPE_CHECKING:
    import sqlite3

    from native_runtime.queue.rate import Rate


def acquire(
    connection: sqlite3.Connection, key: str, owner: str, *, until: float, now: float, most: int
) -> bool:
    """Hold a permit, if fewer than `most` others do."""
    connection.execute(SQL["forget_expired"], (now,))
    (others,) = connection.execute(SQL["others"], (key, owner)).fetchone()
    if others >= most:
        return False
    connection.execute(SQL["put_permit"], (key, owner, until))
    return True


def take(connection: sqlite3.Connection, key: str, rate: Rate, now: float) -> float:
    """Take a token. Returns 0, or the seconds until there is one."""
    connection.execute(SQL["forget_full"], (now,))
    row = connection.execute(SQL["bucket"], (key,)).fetchone()
    bucket = buckets.full(rate, now) if row is None else buckets.filled(buckets.Bucket(*row), rate, now)
    taken = buckets.take(bucket, rate, now)
    left = taken or bucket
    connection.execute(SQL["put_bucket"], (key, left.tokens, left.filled_at, buckets.full_at(left, rate)))
    return 0.0 if taken else buckets.next_at(bucket, rate) - now
