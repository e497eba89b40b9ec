"""One connection per thread, set up the same way each time, and never carried across a fork."""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

BUSY_TIMEOUT: Final = 10.0  # seconds a write waits for another process's write

_PRAGMAS: Final = (
    "PRAGMA synchronous = NORMAL",  # in WAL mode a killed process loses nothing; a power cut may lose the last moments
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 16777216",
)


def connect(path: Path) -> sqlite3.Connection:
    """Open `path` in WAL mode with the settings that hold for every connection.

    Raises:
        sqlite3.Error: It cannot be opened or is no SQLite file.
    """
    # Autocommit mode: transactions are begun by hand, with BEGIN IMMEDIATE, because a deferred one that turns
    # into a writer is what gives others "database is locked". Other threads only ever close it.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


class Connections:
    """The connections of this process to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._mine = threading.local()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []

    def get(self) -> sqlite3.Connection:
        """This thread's connection, opened if need be.

        Raises:
            sqlite3.Error: It cannot be opened.
        """
        if self._pid != os.getpid():
            self._leave_to_parent()
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = connect(self._path)
            self._mine.connection = connection
            self._keep(connection)
        return connection

    def close(self) -> None:
        """Close those of all threads. Harmless twice; a later `get` opens anew."""
        if self._pid != os.getpid():
            self._leave_to_parent()
        with self._lock:
            connections = self._open
            self._open = []
            self._mine = threading.local()
        for _thread, connection in connections:
            connection.close()

    def _keep(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            ended = [kept for thread, kept in self._open if not thread.is_alive()]
            self._open = [(thread, kept) for thread, kept in self._open if thread.is_alive()]
            self._open.append((threading.current_thread(), connection))
        for each in ended:
            each.close()

    def _leave_to_parent(self) -> None:
        # Closing, or merely collecting, an inherited connection would drop the locks that the parent holds on
        # the file: SQLite's first rule about fork. So they are kept out of sight until this process ends.
        _INHERITED.append((self._open, self._mine))
        self._lock = threading.Lock()  # the parent's may have been held by another thread at the fork
        self._reset()


_INHERITED: Final[list[object]] = []
