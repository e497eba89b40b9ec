"""What the workers do and have done, read from their scoreboards when somebody asks, and never before."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from msgspec.structs import replace

from native_runtime.queue.scoreboard import look
from native_runtime.queue.tally import Tally
from native_runtime.workers.activity import activities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.clock import Clock
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.workers.activity import Activity
    from native_runtime.workers.folders import Folders
    from native_runtime.workers.roster import Member, Roster


class Work:
    """Any thread may ask.

    Args:
        roster: The workers that live.
        folders: Where their scoreboards lie.
        children: All children by the names under which they are listed.
        clock: Time.
    """

    def __init__(
        self,
        *,
        roster: Roster,
        folders: Folders,
        children: Callable[[], Mapping[str, ChildSnapshot]],
        clock: Clock,
    ) -> None:
        self._roster = roster
        self._folders = folders
        self._children = children
        self._clock = clock
        self._lock = threading.Lock()  # a worker goes over from the living to the dead in one step
        self._of_dead: dict[str, Tally] = {}  # by worker
        self._last: dict[tuple[str, int], Tally] = {}  # what was last read of the living

    def activities(self) -> Mapping[str, Activity]:
        """What each worker process does, by the name under which it is listed."""
        children = self._children().values()
        listed = {(child.beside or child.name, child.pid): child.name for child in children}
        found = activities(self._roster.members(), self._folders, now=self._clock.monotonic())
        return {listed[run]: activity for run, activity in found.items() if run in listed}

    def totals(self) -> Mapping[str, Tally]:
        """What the processes of each worker have done since the app began, the dead ones too; they never fall.

        By the name of the `[workers.…]` section, or of the child where the app started it by itself.
        """
        with self._lock:
            totals = dict(self._of_dead)
            for member in self._roster.members():
                totals[member.worker] = totals.get(member.worker, Tally()) + self._read(member)
            return totals

    def retire(self, member: Member, lost: float | None) -> None:
        """A run is over: keep what it did, and take it off the roster. Its scoreboard must still be there.

        Args:
            member: The run.
            lost: Seconds that the attempt took which failed with it; None if none did.
        """
        with self._lock:
            tally = self._read(member)
            if lost is not None:
                tally = replace(tally, failed=tally.failed.and_one(lost))
            self._of_dead[member.worker] = self._of_dead.get(member.worker, Tally()) + tally
            self._last.pop((member.child, member.pid), None)
            self._roster.leave(member.child, member.pid)

    def _read(self, member: Member) -> Tally:
        """What a run has done; what was known before, where its scoreboard cannot be read now."""
        run = (member.child, member.pid)
        _, tally = look(self._folders.scoreboard(member.worker_id))
        self._last[run] = tally = tally or self._last.get(run, Tally())
        return tally
