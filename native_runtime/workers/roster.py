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
        is_idle: It waits for jobs.
    """

    child: str
    pid: int
    options: WorkOptions
    is_idle: bool = False


class Roster:
    """Kept from the workers' own messages, so that asking it costs no supervisor anything. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: dict[str, Member] = {}

    def join(self, member: Member) -> None:
        """A run is ready. It takes the place of an earlier one of its name."""
        with self._lock:
            self._members[member.child] = member

    def note(self, child: str, pid: int, *, is_idle: bool) -> Member | None:
        """A run became idle or busy; the member as it is now, or None if this run is not on the roster."""
        with self._lock:
            member = self._members.get(child)
            if member is None or member.pid != pid:
                return None
            self._members[child] = changed = replace(member, is_idle=is_idle)
            return changed

    def leave(self, child: str, pid: int) -> None:
        """A run is over and nobody has to care for it any more. Harmless twice."""
        with self._lock:
            member = self._members.get(child)
            if member is not None and member.pid == pid:
                del self._members[child]

    def get(self, child: str) -> Member | None:
        """The run that has this name, or None."""
        return self._members.get(child)

    def has(self, child: str, pid: int) -> bool:
        """True from `join` to `leave`."""
        member = self._members.get(child)
        return member is not None and member.pid == pid

    def idle(self) -> list[Member]:
        """Those that wait for jobs."""
        with self._lock:
            return [member for member in self._members.values() if member.is_idle]

    def members(self) -> list[Member]:
        """All."""
        with self._lock:
            return list(self._members.values())
