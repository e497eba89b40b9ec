"""litequeue, and as a program the worker it does not have: takes, runs, marks as done."""

from __future__ import annotations

import importlib
import json
import os
import time
from typing import TYPE_CHECKING, Any, Final

from benchmarks.queues.programs import tally

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOK_AGAIN: Final = 0.001  # seconds
queue: Any = importlib.import_module("litequeue").LiteQueue(
    f"{os.environ['QUEUE_BENCHMARK_FOLDER']}/litequeue.sqlite3", timeout=60.0
)


def open_queue() -> None:
    """Nothing to do: importing has made the table."""


def enqueue(number: int, text: str) -> None:
    """Put."""
    queue.put(json.dumps(["note", number, text]))


def enqueue_many(numbers: Iterable[int], text: str) -> None:
    """Put in one transaction."""
    with queue.transaction():
        for number in numbers:
            enqueue(number, text)


def enqueue_hold(number: int, text: str) -> None:
    """Put the long one."""
    queue.put(json.dumps(["hold", number, text]))


def waiting() -> int:
    """Messages that are not done."""
    return int(queue.qsize())


def work() -> None:
    """Run what comes, for ever."""
    while True:
        message = queue.pop()
        if message is None:
            time.sleep(LOOK_AGAIN)
            continue
        job, number, text = json.loads(message.data)
        getattr(tally, job)(number, text)
        queue.done(message.message_id)


if __name__ == "__main__":
    work()
