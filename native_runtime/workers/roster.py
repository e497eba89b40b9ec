"""Which worker processes are alive and what they last said of themselves."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from native_runtime.queue.options import WorkOptions


@dataclass(frozen=True, slots=True)
class Member:
    """One run of a worker process.

    Attributes:
        child: The child's name.
        pid: Of this run.
        options: How it works.
        worker_id: Under which it claims jobs.
        worker: Name of its `[workers.…]` section; the child's where the app started it by itself.
        is_idle: It waits for jobs.
    """

    child: str
    pid: int
    options: WorkOptions
    worker_id: str
    worker: str
    is_idle: bool = False


class Roster:
    """Kept from the workers' own messages, so that asking it costs no supervisor anything. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: dict[tuple[str, int], Member] = {}  # two of one name while a child is being replaced

    def join(self, member: Member) -> None:
        """A run is ready."""
        with self._lock:
            self._members[member.child, member.pid] = member

    def note(self, child: str, pid: int, *, is_idle: bool) -> Member | None:
        """A run became idle or busy; the member as it is now, or None if this run is not on the roster."""
        with self._lock:
            member = self._members.get((child, pid))
            if member is None:
                return None
            self._members[child, pid] = changed = replace(member, is_idle=is_idle)
            return changed

    def leave(self, child: str, pid: int) -> None:
        """A run is over and nobody has to care for it any more. Harmless twice."""
        with self._lock:
            self._members.pop((child, pid), None)

    def get(self, child: str, pid: int) -> Member | None:
        """The run of a child that has this pid, or None."""
        return self._members.get((child, pid))

    def has(self, child: str, pid: int) -> bool:
        """True from `join` to `leave`."""
        return (child, pid) in self._members

    def idle(self) -> list[Member]:
        """Those that wait for jobs."""
        with self._lock:
            return [member for member in self._members.values() if member.is_idle]

    def members(self) -> list[Member]:
        """All."""
        with self._lock:
            return list(self._members.values())
