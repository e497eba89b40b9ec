"""huey on SQLite."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from benchmarks.queues.programs import tally

if TYPE_CHECKING:
    from collections.abc import Iterable

_tuning: dict[str, Any] = {"fsync": False, "cache_mb": 64} if "QUEUE_BENCHMARK_TUNED" in os.environ else {}
huey: Any = importlib.import_module("huey").SqliteHuey(
    filename=f"{os.environ['QUEUE_BENCHMARK_FOLDER']}/huey.sqlite3", **_tuning
)
enqueue: Any = huey.task()(tally.note)
enqueue_hold: Any = huey.task(retries=1)(tally.hold)


def open_queue() -> None:
    """Nothing to do: importing has made the tables."""


def enqueue_many(numbers: Iterable[int], text: str) -> None:
    """One by one: it has nothing else."""
    for number in numbers:
        enqueue(number, text)


def waiting() -> int:
    """Tasks that no worker has taken yet; it removes them then."""
    return int(huey.pending_count())
