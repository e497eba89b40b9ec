"""A worker as its fleet wants it and as its processes are, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from native_runtime.processes.snapshot import ChildSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    """A worker at one moment.

    Attributes:
        name: Its section's name.
        is_up: It is wanted.
        processes: How many there should be while it is up.
        queues: What it serves, first is highest.
        children: Its processes as they are.
        is_fixed: Somebody said how many, by `scale`: nothing else changes that number.
    """

    name: str
    is_up: bool
    processes: int
    queues: tuple[str, ...]
    children: tuple[ChildSnapshot, ...]
    is_fixed: bool = False
