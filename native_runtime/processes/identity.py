"""Which process a pid means: a pid alone may have been given to somebody else since."""

from __future__ import annotations

import sys


def identity_of(pid: int) -> str | None:
    """A text that no other process of this machine has now or will have, or None if there is no such process.

    On Linux it is the boot and the start time in clock ticks, which no change of the clock can shift; on
    Windows the creation time to 100 ns, and elsewhere as exactly as psutil tells it.
    """
    return _identity(pid)


if sys.platform == "linux":
    from native_runtime.processes import procfs

    _START_TIME = 19  # where `procfs.stat` has it

    def _identity(pid: int) -> str | None:
        try:
            started = procfs.stat(pid)[_START_TIME]
            boot = procfs.contents("/proc/sys/kernel/random/boot_id")
        except OSError:
            return None
        return f"{boot.decode('ascii').strip()}:{int(started)}"

elif sys.platform == "win32":
    from native_runtime.processes import _win32

    _ACCESS = _win32.PROCESS_QUERY_LIMITED_INFORMATION | _win32.SYNCHRONIZE

    def _identity(pid: int) -> str | None:
        try:
            with _win32.ProcessHandle(pid, _ACCESS) as process:
                # One that has ended can still be opened for as long as anybody holds a handle of it.
                return None if process.has_ended() else str(process.created())
        except OSError:
            return None

else:
    import psutil  # not where the guardian runs on Linux: it has the standard library only

    def _identity(pid: int) -> str | None:
        try:
            return f"{psutil.Process(pid).create_time():.2f}"
        except psutil.Error:
            return None
