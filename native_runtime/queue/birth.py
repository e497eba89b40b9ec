"""When a process began, in a form that tells it from any other that had or will have its pid."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.clock import Clock

_STATE: Final = 0  # fields of /proc/<pid>/stat, counted after the command's closing parenthesis
_START_TIME: Final = 19
_DEAD: Final = b"ZX"


def own_birth(clock: Clock) -> str:
    """Of this process, as part of a worker's id.

    On Linux `t<clock ticks since boot>-<boot>`, which no change of the clock shifts; elsewhere the epoch in
    milliseconds, taken soon after the process began. Both are in hex.
    """
    return birth_of(os.getpid()) or f"{int(clock.epoch() * 1000):x}"


def birth_of(pid: int) -> str | None:
    """Of a process that lives; None if there is none, or where only the process itself can say."""
    return _birth_of(pid)


if sys.platform == "linux":

    def _birth_of(pid: int) -> str | None:
        try:
            fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
            boot = _read("/proc/sys/kernel/random/boot_id")[:8].decode("ascii")
        except OSError:
            return None
        return None if fields[_STATE] in _DEAD else f"t{int(fields[_START_TIME]):x}-{boot}"

    def _read(path: str) -> bytes:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return os.read(descriptor, 4096)
        finally:
            os.close(descriptor)

else:

    def _birth_of(pid: int) -> str | None:
        del pid
        return None
