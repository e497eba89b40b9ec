"""How a write, and a read, waits for another process's write."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from native_runtime.queue.drivers.sqlite import connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.clock import Clock

# A worker's step to the store takes less than a millisecond. With SQLite's own pauses of 1, 2, 5, 10 … ms two workers
# drained a queue a fifth slower.
_FIRST_PAUSE: Final = 0.0003  # seconds
_GROWTH: Final = 0.125  # of the time waited so far
_PRIMARY: Final = 0xFF  # the part of an error code that says what, without the details

_never: Final = threading.Event()


def begin(connection: sqlite3.Connection, clock: Clock) -> None:
    """Begin a transaction that may write; the waiting is done here, in steps finer than SQLite's own.

    Raises:
        sqlite3.OperationalError: Somebody has kept the file locked for `BUSY_TIMEOUT` seconds, or another problem.
    """
    began: float | None = None
    longest = connections.BUSY_TIMEOUT
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            now = clock.monotonic()
            began = now if began is None else began
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or now - began >= longest:
                raise
            _never.wait(_FIRST_PAUSE + _GROWTH * (now - began))
        else:
            return


@contextmanager
def patient(connection: sqlite3.Connection) -> Iterator[None]:
    """Let SQLite wait inside the block: a read meets a lock only while others open or close the file."""
    # Not the other way round: two more statements would cost a short write a tenth of its time.
    connection.execute(f"PRAGMA busy_timeout = {connections.BUSY_TIMEOUT * 1000:.0f}")
    try:
        yield
    finally:
        connection.execute("PRAGMA busy_timeout = 0")
