"""How a write, and a read, waits for another process's write."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from native_runtime.queue.drivers.sqlite import connections

if TYPE_CHECKING:
    from collections.abc import Iterator

# A worker's step to the store takes less than a millisecond. With SQLite's own pauses of 1, 2, 5, 10 … ms two workers
# drained a queue a fifth slower.
_FIRST_PAUSE: Final = 0.0003  # seconds
_GROWTH: Final = 0.125  # of the time waited so far
_PRIMARY: Final = 0xFF  # the part of an error code that says what, without the details

_never: Final = threading.Event()


def begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that may write; the waiting is done here, in steps finer than SQLite's own.

    Raises:
        sqlite3.OperationalError: Somebody has kept the file locked for `BUSY_TIMEOUT` seconds, or another problem.
    """
    waited = 0.0  # by the pauses alone: a clock that stands still, as in a test, must not make it endless
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or waited >= connections.BUSY_TIMEOUT:
                raise
            pause = _FIRST_PAUSE + _GROWTH * waited
            _never.wait(pause)
            waited += pause
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
