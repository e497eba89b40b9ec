"""The calls into kernel32 and ntdll that Python does not bring: declared once, and a handle of a process on them."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

assert sys.platform == "win32"  # noqa: S101 - type checkers for other systems skip what follows

PROCESS_TERMINATE: Final = 0x0001
PROCESS_SET_QUOTA: Final = 0x0100  # a Job Object asks for it
PROCESS_SUSPEND_RESUME: Final = 0x0800
PROCESS_QUERY_LIMITED_INFORMATION: Final = 0x1000
SYNCHRONIZE: Final = 0x0010_0000

_WAIT_OBJECT_0: Final = 0
_EXECUTE_ONLY_ONCE: Final = 0x8
_INFINITE: Final = 0xFFFF_FFFF
_UNTIL_CALLBACKS_END: Final = -1  # INVALID_HANDLE_VALUE, where UnregisterWaitEx takes an event

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_ntdll = ctypes.WinDLL("ntdll")


def declare(name: str, *arguments: object, returns: object = wintypes.BOOL) -> Callable[..., Any]:
    """A function of kernel32 that raises `OSError` with the system's reason where it returns 0."""
    function: Any = _kernel32[name]
    function.argtypes, function.restype, function.errcheck = arguments, returns, _raise_if_zero
    return function  # type: ignore[no-any-return]


def declare_plain(name: str, *arguments: object, returns: object = wintypes.DWORD) -> Callable[..., Any]:
    """A function of kernel32 whose 0 is an answer."""
    function: Any = _kernel32[name]
    function.argtypes, function.restype = arguments, returns
    return function  # type: ignore[no-any-return]


def _raise_if_zero(result: Any, _function: object, _arguments: object) -> Any:
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result


close_handle = declare("CloseHandle", wintypes.HANDLE)

_open_process = declare("OpenProcess", wintypes.DWORD, wintypes.BOOL, wintypes.DWORD, returns=wintypes.HANDLE)
_process_times = declare("GetProcessTimes", wintypes.HANDLE, *[ctypes.POINTER(wintypes.FILETIME)] * 4)
_wait = declare_plain("WaitForSingleObject", wintypes.HANDLE, wintypes.DWORD)
_resume: Any = _ntdll["NtResumeProcess"]
_resume.argtypes, _resume.restype = (wintypes.HANDLE,), ctypes.c_long

_Fired = ctypes.WINFUNCTYPE(None, wintypes.LPVOID, wintypes.BOOLEAN)
_register_wait = declare(
    "RegisterWaitForSingleObject",
    ctypes.POINTER(wintypes.HANDLE),
    wintypes.HANDLE,
    _Fired,
    wintypes.LPVOID,
    wintypes.DWORD,
    wintypes.DWORD,
)
_unregister_wait = declare_plain("UnregisterWaitEx", wintypes.HANDLE, wintypes.HANDLE, returns=wintypes.BOOL)


class ProcessHandle:
    """An open handle of a process; while it is open, its pid is given to nobody else.

    Args:
        pid: Of a process that may have ended, but whose pid is still its own.
        access: Rights to ask for, `PROCESS_…`.

    Raises:
        OSError: There is no such process, or it may not be opened.
    """

    def __init__(self, pid: int, access: int) -> None:
        self.handle = int(_open_process(access, False, pid))  # noqa: FBT003 - the system's own signature

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def created(self) -> int:
        """When it was created, in 100 ns since 1601: exact, so that it tells two owners of one pid apart."""
        creation, *others = (wintypes.FILETIME() for _ in range(4))
        _process_times(self.handle, ctypes.byref(creation), *map(ctypes.byref, others))
        return int(creation.dwHighDateTime << 32 | creation.dwLowDateTime)

    def has_ended(self) -> bool:
        """True once it runs nothing any more."""
        return int(_wait(self.handle, 0)) == _WAIT_OBJECT_0

    def resume(self) -> None:
        """Let a process run that was created suspended.

        Raises:
            OSError: The system refused.
        """
        # Popen keeps no handle of the first thread, and ResumeThread wants one.
        status = int(_resume(self.handle))
        if status < 0:
            raise OSError(f"a suspended process could not be resumed: NTSTATUS {status & 0xFFFF_FFFF:#x}")

    def close(self) -> None:
        """Let go of it. Harmless twice."""
        handle, self.handle = self.handle, 0
        if handle:
            close_handle(handle)


class ExitWatch:
    """Calls back once, on a thread of the system's pool, when a process has ended; no thread waits for each.

    Args:
        process: Must stay open until `close`.
        ended: Must return soon and not raise.
    """

    def __init__(self, process: ProcessHandle, ended: Callable[[], object]) -> None:
        self._callback = _Fired(
            lambda _context, _timed_out: ended()
        )  # kept: the system holds only its address
        self._wait = wintypes.HANDLE()
        _register_wait(
            ctypes.byref(self._wait), process.handle, self._callback, None, _INFINITE, _EXECUTE_ONLY_ONCE
        )

    def close(self) -> None:
        """End the watch; returns when the callback is certain not to run any more. Not from the callback."""
        _unregister_wait(self._wait, _UNTIL_CALLBACKS_END)
