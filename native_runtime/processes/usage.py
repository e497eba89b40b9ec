"""How much memory a process and all that came from it use, and how much of a core the process itself."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.clock import Clock
    from native_runtime.processes.snapshot import ChildSnapshot


class UsageMeter:
    """Measures on the caller's thread; CPU is told from the second look on, as the share since the look before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[int, tuple[float, float]] = {}  # pid: CPU seconds so far, at

    def measure(self, snapshots: Iterable[ChildSnapshot]) -> list[ChildSnapshot]:
        """The snapshots with memory and CPU filled in."""
        return [
            each
            if each.pid is None
            else replace(each, rss=tree_rss(each.pid), cpu_percent=self._cpu(each.pid))
            for each in snapshots
        ]

    def forget(self, pid: int) -> None:
        """A process is gone."""
        self._seen.pop(pid, None)

    def _cpu(self, pid: int) -> float | None:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error:
            return None
        used, now = times.user + times.system, self._clock.monotonic()
        before = self._seen.get(pid)
        self._seen[pid] = (used, now)
        if before is None or now <= before[1]:
            return None
        return round(100 * (used - before[0]) / (now - before[1]), 1)


def tree_rss(pid: int) -> int | None:
    """Resident bytes of `pid` and its descendants, or None if there is no such process."""
    return _tree_rss(pid)


if sys.platform == "linux":
    # Straight from /proc: psutil would look at every process of the machine to find the children.

    _PAGE = os.sysconf("SC_PAGE_SIZE")

    def _tree_rss(pid: int) -> int | None:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
        except (OSError, IndexError):
            return None
        return pages * _PAGE + sum(_tree_rss(child) or 0 for child in _children(pid))

    def _children(pid: int) -> list[int]:
        children: list[int] = []
        # Any of these files may vanish between two lines: the process may end while it is looked at.
        with suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - the hot path of the memory watch
                with suppress(OSError):
                    children += map(int, Path(f"/proc/{pid}/task/{task}/children").read_bytes().split())
        return children

elif sys.platform == "win32":
    from native_runtime.processes import _job

    def _tree_rss(pid: int) -> int | None:
        # The job knows its members; parents would have to be looked up in a table of all processes, and
        # Windows lets a parent's pid outlive the parent.
        found = [rss for rss in map(_rss, _job.pids_with(pid)) if rss is not None]
        return sum(found) if found else None

    def _rss(pid: int) -> int | None:
        try:
            return int(psutil.Process(pid).memory_info().rss)
        except psutil.Error:  # gone since
            return None

else:

    def _tree_rss(pid: int) -> int | None:
        try:
            process = psutil.Process(pid)
            rss = int(process.memory_info().rss)
            for child in process.children(recursive=True):
                with suppress(psutil.Error):
                    rss += int(child.memory_info().rss)
        except psutil.Error:
            return None
        return rss
