"""What sqlite3 allows from Python: a table and, as a program, a worker that claims 50 and acknowledges 50 at once."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Final

from benchmarks.queues.programs import tally

if TYPE_CHECKING:
    from collections.abc import Iterable

CLAIM: Final = 50
LOOK_AGAIN: Final = 0.001  # seconds
store: Final = sqlite3.connect(
    f"{os.environ['QUEUE_BENCHMARK_FOLDER']}/jobs.sqlite3", timeout=60, isolation_level=None
)
store.execute("PRAGMA journal_mode = WAL")
store.execute("PRAGMA synchronous = NORMAL")
store.execute(
    "CREATE TABLE IF NOT EXISTS job (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL DEFAULT 0, payload TEXT NOT NULL)"
)
store.execute("CREATE INDEX IF NOT EXISTS free ON job (id) WHERE owner = 0")
_INSERT: Final = "INSERT INTO job (payload) VALUES (?)"


def open_queue() -> None:
    """Nothing to do: importing has made the table."""


def enqueue(number: int, text: str) -> None:
    """Insert a row."""
    store.execute(_INSERT, (f"{number} {text}",))


def enqueue_many(numbers: Iterable[int], text: str) -> None:
    """Insert rows in one transaction."""
    store.execute("BEGIN IMMEDIATE")
    store.executemany(_INSERT, ((f"{number} {text}",) for number in numbers))
    store.execute("COMMIT")


def waiting() -> int:
    """Rows."""
    return int(store.execute("SELECT count(*) FROM job").fetchone()[0])


def work() -> None:
    """Run what comes, for ever."""
    owner = os.getpid()
    done: list[tuple[int]] = []
    while True:
        store.execute("BEGIN IMMEDIATE")
        store.executemany("DELETE FROM job WHERE id = ?", done)
        claimed = store.execute(
            "UPDATE job SET owner = ? WHERE id IN (SELECT id FROM job WHERE owner = 0 ORDER BY id LIMIT ?)"
            " RETURNING id, payload",
            (owner, CLAIM),
        ).fetchall()
        store.execute("COMMIT")
        done = [(row,) for row, _ in claimed]
        for _, payload in claimed:
            number, _, text = payload.partition(" ")
            tally.note(int(number), text)
        if not claimed:
            time.sleep(LOOK_AGAIN)


if __name__ == "__main__":
    work()
