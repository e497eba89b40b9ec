"""rq on Redis."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from benchmarks.queues.programs import tally

if TYPE_CHECKING:
    from collections.abc import Iterable

_rq: Any = importlib.import_module("rq")
queue: Any = _rq.Queue(
    connection=importlib.import_module("redis").Redis.from_url(os.environ["QUEUE_BENCHMARK_REDIS"])
)


def open_queue() -> None:
    """Connect."""
    queue.connection.ping()


def enqueue(number: int, text: str) -> None:
    """Enqueue."""
    queue.enqueue(tally.note, number, text)


def enqueue_many(numbers: Iterable[int], text: str) -> None:
    """Enqueue in one pipeline."""
    queue.enqueue_many([queue.prepare_data(tally.note, (number, text)) for number in numbers])


def enqueue_hold(number: int, text: str) -> None:
    """Enqueue the long one."""
    queue.enqueue(tally.hold, number, text, retry=_rq.Retry(max=3))


def waiting() -> int:
    """Jobs that wait or run."""
    return int(queue.count) + int(queue.started_job_registry.get_job_count(cleanup=False))
