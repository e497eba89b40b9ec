"""Which processes of this machine descend from ours: by parent, by process group, and by the marker they inherited.

The guardian runs this too, and lives as long as the app. So it is written for memory: importing typing,
contextlib, signal and subprocess would make the guardian a third bigger.
"""

from __future__ import annotations

import os
import sys

from native_runtime import environment

TYPE_CHECKING = False  # as type checkers know it; typing itself is the greatest of those imports
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from typing import Final

MOST_ROUNDS: Final = (
    50  # of killing and looking again; whoever forks faster than this is not stopped by looking
)
_KILL: Final = (
    15 if sys.platform == "win32" else 9
)  # SIGKILL; there the exit code, as others who kill give it


class Kin:
    """A process and whom it belongs to.

    Attributes:
        pid: Its own.
        parent: Its parent's pid.
        group: Its process group.
        marker: Empty where it has none or may not be read; None while it cannot be told: between two programs
            it has no environment, and while it ends neither.
    """

    __slots__ = ("group", "marker", "parent", "pid")

    def __init__(self, pid: int, parent: int, group: int, marker: str | None) -> None:
        self.pid = pid
        self.parent = parent
        self.group = group
        self.marker = marker


def descendants(
    table: Mapping[int, Kin], *, roots: Collection[int], markers: Collection[str], spare: Collection[int] = ()
) -> set[int]:
    """Who in `table` descends from `roots`, shares a group one of them leads, or bears one of `markers`.

    Args:
        table: All processes, by pid.
        roots: Pids that were verified to be ours.
        markers: Beginnings of markers.
        spare: Never part of the answer, nor what descends only from them.
    """
    prefixes = tuple(markers)
    found = {
        kin.pid
        for kin in table.values()
        if kin.pid in roots
        or kin.group in roots
        or (prefixes and kin.marker and kin.marker.startswith(prefixes))
    }
    found -= set(spare)
    while grown := {kin.pid for kin in table.values() if kin.parent in found} - found - set(spare):
        found |= grown
    return found


def end_all(
    *,
    roots: Collection[int] = (),
    markers: Collection[str] = (),
    pause: Callable[[], object],
    rounds: int = MOST_ROUNDS,
) -> int:
    """Kill all descendants, look again, and go on until a look is sure of none. Returns how many were killed.

    Args:
        roots: Pids that were verified to be ours.
        markers: Beginnings of markers.
        pause: Waits a moment between two looks.
        rounds: Most looks.
    """
    killed: set[int] = set()
    for _ in range(rounds):
        found = _find(roots, markers, pause)
        if not found:
            break
        # Killed at once, not stopped first: a stop would be as late for whoever forked since it was seen.
        for pid in found:
            _kill(pid)
        killed |= found
        pause()
    return len(killed)


def processes() -> dict[int, Kin]:
    """All living processes, by pid."""
    *_, whole = _looks(lambda: None)
    return whole


def _find(roots: Collection[int], markers: Collection[str], pause: Callable[[], object]) -> set[int]:
    """Our descendants, as soon as a look shows any; empty only if no look does."""
    spare = {os.getpid()}
    for table in _looks(pause):
        if found := descendants(table, roots=roots, markers=markers, spare=spare):
            return found
    return set()


def _kill(pid: int) -> None:
    try:  # contextlib costs memory, see above
        os.kill(pid, _KILL)
    except OSError:  # gone, or another user's
        return


if sys.platform == "linux":
    from native_runtime.processes import procfs

    _MARKER: Final = f"{environment.MARKER}=".encode()
    # States of those that run nothing any more, unless other threads of theirs do.
    _GONE: Final = (b"Z", b"X")
    _THREADS = 17  # where `procfs.stat` has how many there are, and below the rest
    _FLAGS, _ENV_START, _ENV_END = 6, 47, 48
    _KERNEL_THREAD: Final = 0x00200000  # PF_KTHREAD: runs nobody's program, and has no environment
    _MOST_LISTINGS: Final = 20  # on a machine where strangers are born faster than one can list

    def _looks(pause: Callable[[], object]) -> Iterator[dict[int, Kin]]:
        """The table of processes, and again with those born meanwhile, until a listing shows nobody unread.

        One pass is no proof. It takes milliseconds, and a process that forks itself from pid to pid has left its
        old pid before that is read and has a new one that was not listed. But Linux gives out pids upwards and
        lists them upwards, so whoever forks ahead of a listing walks into it. A listing in which everybody has
        been read before is therefore the proof: who lives then was alive, and seen, when it was read. Whose
        marker cannot be told yet counts as unread. The last pid in /proc/loadavg would tell the same sooner, but
        containers put files of their own in its place.
        """
        table: dict[int, Kin] = {}
        read: set[int] = set()
        for _ in range(_MOST_LISTINGS):
            listed = map(int, filter(str.isdigit, os.listdir("/proc")))  # noqa: PTH208 - no Path for each process
            born = [pid for pid in listed if pid not in read]
            if not born:
                return
            for pid in born:  # the youngest last, so that it is killed soonest after it was seen
                kin = _read(pid)
                if kin is None or kin.marker is not None:
                    read.add(pid)
                if kin is None:
                    table.pop(pid, None)
                else:
                    table[pid] = kin
            yield table
            if not read.issuperset(born):
                pause()

    def _read(pid: int) -> Kin | None:
        try:
            stat = procfs.stat(pid)
            state, parent, group = stat[:3]
            bearer = pid
            if state in _GONE:
                if int(stat[_THREADS]) <= 1:
                    return None
                # Its first thread has left, and tells nothing any more; the others go on, the youngest longest.
                bearer = max(map(int, os.listdir(f"/proc/{pid}/task")))  # noqa: PTH208 - as above
            marker = "" if int(stat[_FLAGS]) & _KERNEL_THREAD else _marker_of(bearer)
        except OSError:  # gone
            return None
        return Kin(pid, int(parent), int(group), marker)

    def _marker_of(pid: int) -> str | None:
        try:
            environ = procfs.contents(f"/proc/{pid}/environ")
        except PermissionError:  # another user's
            return ""
        except ProcessLookupError:  # it ends: its files and locks are its own still
            environ = b""
        if not environ:
            begins, ends = procfs.stat(pid)[_ENV_START : _ENV_END + 1]
            return "" if begins == ends != b"0" else None  # else it was not empty, only not there
        # Looked for with its border, so that no other variable's end can pass for it.
        start = 0 if environ.startswith(_MARKER) else environ.find(b"\0" + _MARKER) + 1
        if not start and not environ.startswith(_MARKER):
            return ""
        return environ[start + len(_MARKER) :].split(b"\0", 1)[0].decode("utf-8", "replace")

elif sys.platform == "win32":
    import psutil

    def _looks(_pause: Callable[[], object]) -> Iterator[dict[int, Kin]]:
        """The table once, without kin: the Job Object ends whole trees, so nobody has to look for them.

        A parent's pid outlives the parent there and may be a stranger's by now, so it is not even read.
        """
        yield {pid: Kin(pid, 0, 0, "") for pid in psutil.pids()}

else:
    import subprocess

    _PS: Final = ("/bin/ps", "-axo", "pid=,ppid=,pgid=,stat=")

    def _looks(_pause: Callable[[], object]) -> Iterator[dict[int, Kin]]:
        """The table once: the kernel tells ps of all in one call.

        macOS shows nobody's environment to a plain program, so there are no markers.
        """
        listing = subprocess.run(_PS, capture_output=True, text=True, check=True).stdout
        table = {}
        for line in listing.splitlines():
            pid, parent, group, state = line.split()
            if not state.startswith("Z"):
                table[int(pid)] = Kin(int(pid), int(parent), int(group), "")
        yield table
