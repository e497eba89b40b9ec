"""Whether everything is as it should be; if not, what is wrong, in sentences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.processes.state import ChildState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from native_runtime.gateway.status_shapes import HealthDocument
    from native_runtime.processes.snapshot import ChildSnapshot

MEGABYTE: Final = 1024 * 1024
LEAST_ROOM: Final = (
    10 * MEGABYTE
)  # bytes; a store and its logs grow by about as much before somebody has read this


def child_problem(child: ChildSnapshot) -> str | None:
    """What is wrong with a child, or None."""
    because = f": {child.last_exit.detail}" if child.last_exit and child.last_exit.detail else ""
    if child.state is ChildState.CRASH_LOOPING:
        return f"{child.name} crashes again and again{because}; it is tried again at the slowest pace"
    if child.state is ChildState.FAILED:
        return f"{child.name} gave up{because}; start it again when the cause is gone"
    return None


def problems_of(children: Iterable[ChildSnapshot]) -> list[str]:
    """One sentence for each child that needs somebody to look at it."""
    return [problem for child in children if (problem := child_problem(child)) is not None]


def room_problem(free: int, folder: Path) -> str | None:
    """What is wrong where the file system of the data folder has so little room, or None.

    Args:
        free: Bytes that this user may still fill.
        folder: The data folder.
    """
    if free >= LEAST_ROOM:
        return None
    return (
        f"{folder}: {free / MEGABYTE:.1f} MB are free on its disk, expected {LEAST_ROOM // MEGABYTE} MB or more; "
        "make room, or jobs cannot be stored any more"
    )


def health_document(problems: Sequence[str]) -> HealthDocument:
    """What `/healthz` answers: `{"status": "ok" | "degraded", "problems": [sentence, …]}`."""
    return {"status": "degraded" if problems else "ok", "problems": list(problems)}
