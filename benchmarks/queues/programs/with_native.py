"""native-runtime as an app has it: the runtime runs in the process that dispatches, and starts the workers."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.queues.programs.native_jobs import hold, note
from native_runtime import QueueWorker, Runtime

if TYPE_CHECKING:
    from collections.abc import Iterable

WORKER: Final = "bench"
FOLDER: Final = Path(os.environ["QUEUE_BENCHMARK_FOLDER"])
SETTINGS: Final = f"""
[runtime]
app = "benchmark"
jobs = ["benchmarks.queues.programs.native_jobs"]

[workers.{WORKER}]
processes = {os.environ["QUEUE_BENCHMARK_WORKERS"]}
"""
_config: Final = FOLDER / "workers.toml"
_config.write_text(SETTINGS, "utf-8")
runtime: Final = Runtime.from_config(_config, data_dir=FOLDER / "data", gateway=False)


def open_queue() -> None:
    """Start the runtime; its workers wait until they are asked for."""
    runtime.start()
    atexit.register(runtime.stop)
    QueueWorker.down(WORKER)


def start_workers() -> None:
    """Bring them up."""
    QueueWorker.up(WORKER)


def stop_workers() -> None:
    """Send them home."""
    QueueWorker.down(WORKER)


def enqueue(number: int, text: str) -> None:
    """Dispatch."""
    note.dispatch(number, text)


def enqueue_many(numbers: Iterable[int], text: str) -> None:
    """Dispatch in one step."""
    note.dispatch_many((number, text) for number in numbers)


def enqueue_hold(number: int, text: str) -> None:
    """Dispatch the long one."""
    hold.dispatch(number, text)


def waiting() -> int:
    """Jobs that are ready, delayed or running."""
    counts = runtime.queue.driver.counts(now=runtime.queue.clock.epoch())
    return sum(queue.ready + queue.delayed + queue.running for queue in counts)
