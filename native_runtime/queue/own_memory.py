"""How much memory this very process has resident, without a library: a worker looks after each job."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def reader() -> Callable[[], int]:
    """A function that tells the resident bytes of this process."""
    readers = {"linux": _linux_reader, "win32": _windows_reader, "darwin": _darwin_reader}
    return readers.get(sys.platform, _peak_reader)()


def _linux_reader() -> Callable[[], int]:
    # Opened once: a look is then one system call.
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    page = os.sysconf("SC_PAGE_SIZE")
    return lambda: int(os.pread(statm, 128, 0).split()[1]) * page


def _darwin_reader() -> Callable[[], int]:
    import ctypes

    class TaskInfo(ctypes.Structure):
        """`struct proc_taskinfo` of <sys/proc_info.h>: six 64-bit numbers, then twelve of 32 bits."""

        _fields_ = (
            ("virtual_size", ctypes.c_uint64),
            ("resident_size", ctypes.c_uint64),
            ("times", ctypes.c_uint64 * 4),
            ("counts", ctypes.c_int32 * 12),
        )

    library = ctypes.CDLL("/usr/lib/libSystem.B.dylib")
    info = TaskInfo()
    size = ctypes.sizeof(info)
    flavour = 4  # PROC_PIDTASKINFO

    def resident() -> int:
        filled = library.proc_pidinfo(os.getpid(), flavour, ctypes.c_uint64(0), ctypes.byref(info), size)
        return int(info.resident_size) if filled == size else 0

    return resident


def _windows_reader() -> Callable[[], int]:
    import ctypes

    class Counters(ctypes.Structure):
        """`PROCESS_MEMORY_COUNTERS` of <psapi.h>."""

        _fields_ = (
            ("size", ctypes.c_uint32),
            ("page_faults", ctypes.c_uint32),
            ("peak_working_set", ctypes.c_size_t),
            ("working_set", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 6),
        )

    kernel = ctypes.CDLL("kernel32")
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
    counters = Counters(size=ctypes.sizeof(Counters))

    def resident() -> int:
        kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.size)
        return int(counters.working_set)

    return resident


def _peak_reader() -> Callable[[], int]:
    # The most it ever had: all that a plain POSIX system tells.
    import resource

    return lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
