"""celery on Redis, without a result backend, as it comes."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from benchmarks.queues.programs import tally

if TYPE_CHECKING:
    from collections.abc import Iterable

_url = os.environ["QUEUE_BENCHMARK_REDIS"]
app: Any = importlib.import_module("celery").Celery("benchmark", broker=_url)
if "QUEUE_BENCHMARK_TUNED" in os.environ:
    app.conf.update(worker_prefetch_multiplier=256, task_ignore_result=True)
note: Any = app.task(name="note")(tally.note)
hold: Any = app.task(name="hold")(tally.hold)
_redis: Any = importlib.import_module("redis").Redis.from_url(_url)


def open_queue() -> None:
    """Connect."""
    _redis.ping()


def enqueue(number: int, text: str) -> None:
    """Send."""
    note.delay(number, text)


def enqueue_many(numbers: Iterable[int], text: str) -> None:
    """One by one, but through one producer: it has nothing else."""
    with app.producer_pool.acquire(block=True) as producer:
        for number in numbers:
            note.apply_async((number, text), producer=producer)


def enqueue_hold(number: int, text: str) -> None:
    """Send the long one."""
    hold.delay(number, text)


def waiting() -> int:
    """Messages in the queue, or handed out and not acknowledged."""
    return int(_redis.llen("celery")) + int(_redis.hlen("unacked"))
