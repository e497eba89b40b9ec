"""A Job Object: the children of one spawn with all their descendants, none of whom can leave it."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from typing import Final

from native_runtime.processes import _win32

assert sys.platform == "win32"  # noqa: S101 - type checkers for other systems skip what follows

KILLED_BY_US: Final = 1  # exit code of those that a job ends; what taskkill and Popen.kill give too

_QUERY: Final = 0x0004
_KILL_ON_JOB_CLOSE: Final = 0x2000
_PROCESS_ID_LIST: Final = 3
_EXTENDED_LIMIT_INFORMATION: Final = 9
_ERROR_MORE_DATA: Final = 234


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
        ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_ulonglong * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


_create = _win32.declare("CreateJobObjectW", wintypes.LPVOID, wintypes.LPCWSTR, returns=wintypes.HANDLE)
_open = _win32.declare(
    "OpenJobObjectW", wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR, returns=wintypes.HANDLE
)
_assign = _win32.declare("AssignProcessToJobObject", wintypes.HANDLE, wintypes.HANDLE)
_terminate = _win32.declare("TerminateJobObject", wintypes.HANDLE, wintypes.UINT)
_set = _win32.declare(
    "SetInformationJobObject", wintypes.HANDLE, ctypes.c_int, wintypes.LPVOID, wintypes.DWORD
)
_query = _win32.declare(
    "QueryInformationJobObject",
    wintypes.HANDLE,
    ctypes.c_int,
    wintypes.LPVOID,
    wintypes.DWORD,
    ctypes.POINTER(wintypes.DWORD),
)


class Job:
    """The job of one child. The app holds its only lasting handle: when the app dies, Windows ends the tree.

    It is named by the child's pid, so that whoever knows the pid can ask who belongs to it.

    Args:
        pid: Of a living child.

    Raises:
        OSError: The system refused.
    """

    def __init__(self, pid: int) -> None:
        self._handle = int(_create(None, _name(pid)))
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        try:
            _set(self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits))
        except OSError:
            self.close()
            raise

    def take_in(self, process: _win32.ProcessHandle) -> None:
        """Put a process in, and whatever it will start."""
        _assign(self._handle, process.handle)

    def terminate(self) -> None:
        """End all in it. Harmless if nobody is, or it is closed."""
        if self._handle:
            _terminate(self._handle, KILLED_BY_US)

    def is_empty(self) -> bool:
        """True once nobody in it runs."""
        return not self._handle or not _pids(self._handle)

    def close(self) -> None:
        """Let go of it; whoever is still in it ends. Harmless twice."""
        handle, self._handle = self._handle, 0
        if handle:
            _win32.close_handle(handle)


def pids_with(pid: int) -> list[int]:
    """All pids in the job of the child `pid`; only `pid` itself if it has none."""
    try:
        handle = int(_open(_QUERY, False, _name(pid)))  # noqa: FBT003 - the system's own signature
    except FileNotFoundError:
        return [pid]
    try:
        return _pids(handle)
    finally:
        _win32.close_handle(handle)


def _name(pid: int) -> str:
    return f"Local\\native-runtime.{pid}"


def _pids(handle: int) -> list[int]:
    room = 64
    while True:
        listing = _listing(room)
        try:
            _query(handle, _PROCESS_ID_LIST, ctypes.byref(listing), ctypes.sizeof(listing), None)
        except OSError as error:
            if error.winerror != _ERROR_MORE_DATA:
                raise
            room *= 4
        else:
            return [int(pid) for pid in listing.ProcessIdList[: listing.NumberOfProcessIdsInList]]


def _listing(room: int) -> ctypes.Structure:
    class Listing(ctypes.Structure):
        _fields_ = (
            ("NumberOfAssignedProcesses", wintypes.DWORD),
            ("NumberOfProcessIdsInList", wintypes.DWORD),
            ("ProcessIdList", ctypes.c_size_t * room),
        )

    return Listing()
