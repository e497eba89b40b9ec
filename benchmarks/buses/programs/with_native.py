"""native-runtime: the bus, with its handlers on threads of their own; and a runtime with children."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime import ChildProcess, Runtime
from native_runtime.clock import SystemClock
from native_runtime.events import Event, EventBus
from native_runtime.processes.events import ProcessExited
from native_runtime.workers.config import Config, RuntimeConfig

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Event):
    """What is published."""

    number: int


def bus() -> tuple[Callable[[Callable[..., None]], object], Callable[[int], object], Callable[[], None]]:
    """How to listen, to publish, and to end it."""
    made = EventBus(clock=SystemClock())
    return (
        lambda handler: made.on(Counted, handler),
        lambda number: made.publish(Counted(number=number)),
        made.close,
    )


def exits(on_exit: Callable[[], None]) -> tuple[Callable[[int], int], Callable[[], None]]:
    """How to start a child, and to end it all."""
    folder = tempfile.TemporaryDirectory(prefix="events-", dir=os.environ["EVENT_BENCHMARK_FOLDER"])
    config = Config(runtime=RuntimeConfig(app="benchmark"))
    runtime = Runtime(config, data_dir=Path(folder.name), gateway=False)
    runtime.start()
    runtime.on(ProcessExited, lambda _event: on_exit())

    def start(number: int) -> int:
        pid = ChildProcess.start(["sleep", "600"], f"child-{number}").pid
        if pid is None:
            raise RuntimeError(f"child {number} has no pid")
        return pid

    def close() -> None:
        runtime.stop()
        folder.cleanup()

    return start, close
