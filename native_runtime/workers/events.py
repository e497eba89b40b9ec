"""What can happen to workers and their configuration, as events."""

from __future__ import annotations

from dataclasses import dataclass

from native_runtime.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerScaled(Event):
    """A worker has another number of processes now. `reason` is one sentence."""

    worker: str
    processes: int
    reason: str
