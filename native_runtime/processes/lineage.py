"""Which processes of this machine descend from ours: by parent, by process group, and by the marker they inherited.

Standard library only: the guardian runs this too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from native_runtime import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

GOODBYE: Final = b"!"
"""What an app tells its guardian that has ended everybody itself."""

MOST_ROUNDS: Final = (
    50  # of killing and looking again; whoever forks faster than this is not stopped by looking
)


class Kin(NamedTuple):
    """A process and whom it belongs to. `marker` is empty where it has none or may not be read."""

    pid: int
    parent: int
    group: int
    marker: str


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
        if kin.pid in roots or kin.group in roots or (prefixes and kin.marker.startswith(prefixes))
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
    """Kill all descendants, look again, and go on until a look finds none. Returns how many were killed.

    Args:
        roots: Pids that were verified to be ours.
        markers: Beginnings of markers.
        pause: Waits a moment between two looks.
        rounds: Most looks.
    """
    killed: set[int] = set()
    spare = {os.getpid()}
    for _ in range(rounds):
        found = descendants(processes(), roots=roots, markers=markers, spare=spare)
        if not found:
            break
        for pid in found:
            _kill(pid)
        killed |= found
        pause()
    return len(killed)


if sys.platform == "win32":

    def _kill(pid: int) -> None:
        with suppress(OSError):  # gone, or another user's
            os.kill(pid, signal.SIGTERM)  # which there means TerminateProcess

else:

    def _kill(pid: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


if sys.platform == "linux":
    _MARKER: Final = f"{environment.MARKER}=".encode()
    _GONE: Final = b"ZX"  # states of those that run nothing any more

    def processes() -> dict[int, Kin]:
        """All living processes."""
        found = {}
        for name in os.listdir("/proc"):  # noqa: PTH208 - names, not a Path for each process
            if name.isdigit() and (kin := _read(int(name))):
                found[kin.pid] = kin
        return found

    def _read(pid: int) -> Kin | None:
        try:
            stat = _bytes_of(f"/proc/{pid}/stat")
        except OSError:
            return None
        state, parent, group = stat[stat.rindex(b")") + 2 :].split(maxsplit=3)[:3]
        if state in _GONE:
            return None
        return Kin(pid, int(parent), int(group), _marker_of(pid))

    def _marker_of(pid: int) -> str:
        try:
            environ = _bytes_of(f"/proc/{pid}/environ")
        except OSError:  # another user's
            return ""
        # Looked for with its border, so that no other variable's end can pass for it.
        start = 0 if environ.startswith(_MARKER) else environ.find(b"\0" + _MARKER) + 1
        if not start and not environ.startswith(_MARKER):
            return ""
        return environ[start + len(_MARKER) :].split(b"\0", 1)[0].decode("utf-8", "replace")

    def _bytes_of(path: str) -> bytes:
        # os.open, because pathlib and buffered files cost several times the read itself.
        fd = os.open(path, os.O_RDONLY)
        try:
            parts = []
            while part := os.read(fd, 65536):
                parts.append(part)
            return b"".join(parts)
        finally:
            os.close(fd)

elif sys.platform == "win32":
    import psutil

    def processes() -> dict[int, Kin]:
        """All living processes, without kin: the Job Object ends whole trees, so nobody has to look for them.

        A parent's pid outlives the parent there and may be a stranger's by now, so it is not even read.
        """
        return {pid: Kin(pid, 0, 0, "") for pid in psutil.pids()}

else:
    _PS: Final = ("/bin/ps", "-axo", "pid=,ppid=,pgid=,stat=")

    def processes() -> dict[int, Kin]:
        """All living processes; macOS shows nobody's environment to a plain program, so there are no markers."""
        listing = subprocess.run(_PS, capture_output=True, text=True, check=True).stdout
        found = {}
        for line in listing.splitlines():
            pid, parent, group, state = line.split()
            if not state.startswith("Z"):
                found[int(pid)] = Kin(int(pid), int(parent), int(group), "")
        return found
