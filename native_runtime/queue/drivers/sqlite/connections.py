"""One connection per thread, set up the same way each time, and never carried across a fork."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from native_runtime.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BUSY_TIMEOUT: Final = 10.0  # seconds a write waits for another process's write

Durability = Literal["app", "power"]
"""What a confirmed job outlives: the death of any process, or a power cut as well."""

_SYNCHRONOUS: Final[Mapping[Durability, str]] = {
    "app": "NORMAL",  # in WAL mode a killed process loses nothing; a power cut may lose the last moments
    "power": "FULL",  # each transaction waits for the disk
}
_PRAGMAS: Final = (
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 16777216",
    "PRAGMA cache_size = -256",  # KB; the system keeps the file's pages, too, and a megabyte more saves no time
)


def connect(path: Path, durability: Durability = "app") -> sqlite3.Connection:
    """Open `path` in WAL mode with the settings that hold for every connection.

    Raises:
        sqlite3.Error: It cannot be opened or is no SQLite file.
    """
    # Autocommit mode: transactions are begun by hand, with BEGIN IMMEDIATE, because a deferred one that turns
    # into a writer is what gives others "database is locked". Other threads only ever close it, while its own is not inside.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
        for pragma in (f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}", *_PRAGMAS):
            connection.execute(pragma)
        connection.execute("PRAGMA busy_timeout = 0")  # who waits for a lock does so by `locking`
        connection.create_function("CASEFOLD", 1, str.casefold, deterministic=True)  # LOWER knows only ASCII
    except BaseException:
        connection.close()
        raise
    return connection


class _Held:
    """A thread's connection, and how often the thread is inside it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.thread = threading.current_thread()
        self.inside = 0


class Connections:
    """The connections of this process to one file."""

    def __init__(self, path: Path, durability: Durability = "app") -> None:
        self._path = path
        self._durability: Durability = durability
        self._is_closed = False
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()  # a signal handler may come in while its own thread holds it
        self._mine = threading.local()
        self._open: list[_Held] = []

    @contextmanager
    def inside(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, opened if need be; it stays open until the block is left, whoever closes.

        Raises:
            StoreError: `close` was called.
            sqlite3.Error: It cannot be opened.
        """
        if self._pid != os.getpid():
            self._leave_to_parent()
        held = self._enter()
        try:
            yield held.connection
        finally:
            self._leave(held)

    def close(self) -> None:
        """Close those of all threads, for good; a thread that is inside its own closes it itself. Harmless twice."""
        if self._pid != os.getpid():
            self._leave_to_parent()
        with self._lock:
            self._is_closed = True
            idle = [held for held in self._open if not held.inside]
            self._open = [held for held in self._open if held.inside]
        for held in idle:
            held.connection.close()

    def _enter(self) -> _Held:
        held: _Held | None = getattr(self._mine, "held", None)
        if held is None and not self._is_closed:
            held = self._mine.held = _Held(connect(self._path, self._durability))
            self._keep(held)
        with self._lock:
            if held is None or self._is_closed:
                raise StoreError(
                    str(self._path),
                    "is closed, because the runtime or connection that it belongs to has ended",
                    "start a runtime, or call `connect`, before jobs are dispatched or looked at",
                )
            held.inside += 1
        return held

    def _leave(self, held: _Held) -> None:
        with self._lock:
            held.inside -= 1
            is_last = self._is_closed and not held.inside
            if is_last:
                self._open.remove(held)
        if is_last:
            held.connection.close()

    def _keep(self, held: _Held) -> None:
        with self._lock:
            if self._is_closed:  # since this thread looked
                ended = [held]
            else:
                ended = [each for each in self._open if not each.thread.is_alive()]
                self._open = [*(each for each in self._open if each.thread.is_alive()), held]
        for each in ended:
            each.connection.close()

    def _leave_to_parent(self) -> None:
        # Closing, or merely collecting, an inherited connection would drop the locks that the parent holds on
        # the file: SQLite's first rule about fork. So they are kept out of sight until this process ends.
        # The lock is made anew, too: another thread of the parent may have held it at the fork.
        _INHERITED.append((self._open, self._mine))
        self._reset()


_INHERITED: Final[list[object]] = []
