"""What a child is, as data: compared to find out whether a running one is the same."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.processes.readiness import Health, Ready
from native_runtime.processes.restart import NO_RESTART, RestartPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_STOP_TIMEOUT: Final = 10.0  # seconds between asking and killing


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLimits:
    """Limits on the resident memory of a child's tree, in bytes; None is none."""

    soft: int | None = None
    hard: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """Everything needed to start a child, again and again.

    Attributes:
        name: Unique among the children of a runtime.
        command: The argument list as it was asked for; never a shell line.
        cwd: Working folder; None is the app's.
        env: Variables added to (or, with None, removed from) the inherited environment.
        persistent: Comes back after exits nobody asked for, by `restart`.
        restart: The policy; only used for a persistent child.
        memory: Limits.
        nice: POSIX niceness added to the app's; None leaves it.
        stop_timeout: Seconds between asking and killing.
        ready: When it counts as ready; None is as soon as it is alive (or says so, with `control`).
        health: How to find out whether it still works; None is not at all.
        control: It speaks our control protocol (a queue worker): readiness, idle and busy, drain.
        worker: Name of the `[workers.…]` section it belongs to, or None for a plain process.
    """

    name: str
    command: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str | None] = field(default_factory=dict)
    persistent: bool = False
    restart: RestartPolicy = RestartPolicy()
    memory: MemoryLimits = MemoryLimits()
    nice: int | None = None
    stop_timeout: float = DEFAULT_STOP_TIMEOUT
    ready: Ready | None = None
    health: Health | None = None
    control: bool = False
    worker: str | None = None

    @property
    def policy(self) -> RestartPolicy:
        """The restart policy that holds."""
        return self.restart if self.persistent else NO_RESTART

    def differing(self, other: ChildSpec) -> tuple[str, ...]:
        """Names of the fields in which the two differ."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) != getattr(other, f.name))
