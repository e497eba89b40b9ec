"""How much memory a process and all that came from it use, and how much of a core the process itself."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

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
        used, now = cpu_seconds(pid), self._clock.monotonic()
        if used is None:
            return None
        before = self._seen.get(pid)
        self._seen[pid] = (used, now)
        if before is None or now <= before[1]:
            return None
        return round(100 * (used - before[0]) / (now - before[1]), 1)


def tree_rss(pid: int) -> int | None:
    """Resident bytes of `pid` and its descendants, or None if there is no such process."""
    return _tree_rss(pid)


def cpu_seconds(pid: int) -> float | None:
    """Seconds of CPU that `pid` itself has used so far, or None if there is no such process."""
    return _cpu_seconds(pid)


if sys.platform == "linux":
    # Straight from /proc: psutil would look at every process of the machine to find the children, and would
    # weigh a megabyte in each app.
    from native_runtime.processes import procfs

    _PAGE = os.sysconf("SC_PAGE_SIZE")
    _TICKS = os.sysconf("SC_CLK_TCK")  # in a second
    _USER_AND_SYSTEM = slice(11, 13)  # where `procfs.stat` has utime and stime, in ticks

    def _cpu_seconds(pid: int) -> float | None:
        try:
            return sum(map(int, procfs.stat(pid)[_USER_AND_SYSTEM])) / _TICKS
        except OSError:
            return None

    def _tree_rss(pid: int) -> int | None:
        try:
            pages = int(procfs.contents(f"/proc/{pid}/statm").split()[1])
        except (OSError, IndexError):
            return None
        return pages * _PAGE + sum(_tree_rss(child) or 0 for child in _children(pid))

    def _children(pid: int) -> list[int]:
        children: list[int] = []
        # Any of these files may vanish between two lines: the process may end while it is looked at.
        with suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - the hot path of the memory watch
                with suppress(OSError):
                    children += map(int, procfs.contents(f"/proc/{pid}/task/{task}/children").split())
        return children

else:
    import psutil

    def _cpu_seconds(pid: int) -> float | None:
        try:
            times = psutil.Process(pid).cpu_times()
        except psutil.Error:
            return None
        return float(times.user + times.system)


if sys.platform == "win32":
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

elif sys.platform != "linux":

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
