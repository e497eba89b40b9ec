"""A child as others may see it: a frozen copy, safe in any thread."""

from __future__ import annotations

from dataclasses import dataclass

from native_runtime.processes.exit_status import ExitStatus
from native_runtime.processes.state import ChildState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSnapshot:
    """What is known of a child at one moment.

    Attributes:
        name: The child's name.
        command: The argument list as it was asked for.
        worker: Name of its `[workers.…]` section, or None for a plain process.
        state: Where it is in its life.
        pid: Of the real child, or None while there is none.
        uptime: Seconds since it was spawned, or None while there is no process.
        restarts: How often it has come back.
        rss: Resident bytes of its tree at the last look, or None.
        cpu_percent: Of one core since the look before, or None.
        last_exit: How the latest run that is over ended, or None.
        persistent: It comes back after exits nobody asked for.
        retry_in: Seconds until it is tried again, while it is in backoff or crash looping; else None.
        beside: The child whose place it is about to take, or has made free; None for all that have a name of
            their own.
    """

    name: str
    command: tuple[str, ...]
    worker: str | None
    state: ChildState
    pid: int | None
    uptime: float | None
    restarts: int
    rss: int | None
    cpu_percent: float | None
    last_exit: ExitStatus | None
    persistent: bool
    retry_in: float | None = None
    beside: str | None = None
