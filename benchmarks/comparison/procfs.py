"""What the kernel tells of processes: who lives, who descends from whom, what they used. Linux only."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PROC: Final = Path("/proc")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
GONE: Final = "ZX"  # states of those that run nothing any more
LOOK_AGAIN: Final = 0.02  # seconds


def is_alive(pid: int) -> bool:
    """True if `pid` runs; pids come from reports a moment ago, and Linux hands them out in order."""
    fields = _stat(pid)
    return fields is not None and fields[0] not in GONE


def descendants(pid: int) -> set[int]:
    """Everybody that has `pid` for an ancestor."""
    children = defaultdict(list)
    for each in _pids():
        if fields := _stat(each):
            children[int(fields[1])].append(each)
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        below = children[waiting.pop()]
        found.update(below)
        waiting += below
    return found


def cpu_ms(pids: Collection[int]) -> float:
    """Milliseconds all threads of `pids` have spent on a processor, to the nanosecond the scheduler keeps."""
    spent = 0
    for pid in pids:
        for task in PROC.glob(f"{pid}/task/*/schedstat"):
            with suppress(OSError):
                spent += int(task.read_text("ascii").split()[0])
    return spent / 1e6


def rss_mb(pids: Collection[int]) -> float:
    """Resident megabytes of `pids`; what they share is counted for each."""
    pages = 0
    for pid in pids:
        with suppress(OSError):
            pages += int((PROC / str(pid) / "statm").read_text("ascii").split()[1])
    return pages * PAGE / 1e6


def pss_mb(pids: Collection[int]) -> float:
    """Proportional megabytes of `pids`: what n processes share counts 1/n for each."""
    kilobytes = 0
    for pid in pids:
        with suppress(OSError):
            for line in (PROC / str(pid) / "smaps_rollup").read_text("ascii").splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes * 1024 / 1e6


def written_bytes(pid: int) -> int:
    """Bytes `pid` has written, into whatever."""
    fields = dict(line.split(": ") for line in (PROC / str(pid) / "io").read_text("ascii").splitlines())
    return int(fields["wchar"])


def marked(variable: str) -> dict[int, str]:
    """Everybody with `NAME=value` in the environment: pid and the path of the program."""
    wanted = variable.encode()
    found = {}
    for pid in _pids():
        with suppress(OSError):
            if wanted in (PROC / str(pid) / "environ").read_bytes().split(b"\0") and is_alive(pid):
                found[pid] = str((PROC / str(pid) / "exe").readlink())
    return found


def end_marked(variable: str) -> None:
    """Kill everybody with `variable` in the environment, until two looks in a row find nobody."""
    quiet = 0
    while quiet < 2:  # noqa: PLR2004 - somebody may be between fork and exec during one look
        found = marked(variable)
        quiet = 0 if found else quiet + 1
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(LOOK_AGAIN)


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir(PROC) if name.isdigit())  # noqa: PTH208 - names, not Paths


def _stat(pid: int) -> list[str] | None:
    """The fields after the command's name: state, parent, group, …; None if there is no such process."""
    try:
        text = (PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()
