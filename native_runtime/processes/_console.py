"""CTRL_BREAK to one child: the only polite word that Windows has for a program without a window."""

from __future__ import annotations

import sys
import threading
from ctypes import wintypes
from typing import Final

from native_runtime.processes import _win32

assert sys.platform == "win32"  # noqa: S101 - type checkers for other systems skip what follows

_CTRL_BREAK_EVENT: Final = 1
_STANDARD_HANDLES: Final = (-10, -11, -12)

_code_page = _win32.declare_plain("GetConsoleCP")
_attach = _win32.declare("AttachConsole", wintypes.DWORD)
_free = _win32.declare("FreeConsole")
_send = _win32.declare("GenerateConsoleCtrlEvent", wintypes.DWORD, wintypes.DWORD)
_standard_handle = _win32.declare_plain("GetStdHandle", wintypes.DWORD, returns=wintypes.HANDLE)
_set_standard_handle = _win32.declare_plain("SetStdHandle", wintypes.DWORD, wintypes.HANDLE)

# A process has one console or none, so two threads must not visit two children's at once.
_VISIT: Final = threading.Lock()


def has_console() -> bool:
    """True if this process has a console: it was started in a terminal."""
    return bool(_code_page())


def send_break(group: int) -> None:
    """Send CTRL_BREAK to the process group that the child `group` leads.

    The event travels only within the sender's own console. A windowed app has none, and visits its child's
    hidden one for this moment.

    Raises:
        OSError: The child is gone, or shares no console.
    """
    with _VISIT:
        if has_console():
            _send(_CTRL_BREAK_EVENT, group)
            return
        before = [_standard_handle(number) for number in _STANDARD_HANDLES]
        _attach(group)
        try:
            _send(_CTRL_BREAK_EVENT, group)
        finally:
            _free()
            # The visit may have set them, to what is gone now; the next Popen would stumble over that.
            for number, handle in zip(_STANDARD_HANDLES, before, strict=True):
                _set_standard_handle(number, handle)
