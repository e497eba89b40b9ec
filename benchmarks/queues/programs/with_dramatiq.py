"""dramatiq on Redis."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from benchmarks.queues.programs import tally

if TYPE_CHECKING:
    from collections.abc import Iterable

_dramatiq: Any = importlib.import_module("dramatiq")
broker: Any = importlib.import_module("dramatiq.brokers.redis").RedisBroker(
    url=os.environ["QUEUE_BENCHMARK_REDIS"]
)
_dramatiq.set_broker(broker)
note: Any = _dramatiq.actor(tally.note)
hold: Any = _dramatiq.actor(tally.hold)


def open_queue() -> None:
    """Connect."""
    broker.client.ping()


def enqueue(number: int, text: str) -> None:
    """Send."""
    note.send(number, text)


def enqueue_many(numbers: Iterable[int], text: str) -> None:
    """One by one: it has nothing else."""
    for number in numbers:
        note.send(number, text)


def enqueue_hold(number: int, text: str) -> None:
    """Send the long one."""
    hold.send(number, text)


def waiting() -> int:
    """Messages that are not acknowledged."""
    return int(broker.client.hlen("dramatiq:default.msgs"))
