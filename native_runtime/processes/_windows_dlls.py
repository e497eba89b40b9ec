"""Where Windows looks for DLLs on behalf of programs that are no part of a packaged app."""

from __future__ import annotations

import contextlib
import sys
from ctypes import wintypes
from typing import TYPE_CHECKING, Final

from native_runtime.processes import _win32

if TYPE_CHECKING:
    from collections.abc import Iterator

assert sys.platform == "win32"  # noqa: S101 - type checkers for other systems skip what follows

_set_folder: Final = _win32.declare("SetDllDirectoryW", wintypes.LPCWSTR)


@contextlib.contextmanager
def of_the_user() -> Iterator[None]:
    """Processes that are created inside the block do not look into the bundle.

    PyInstaller's start adds the bundle to the search of the whole process, and a new process inherits that; no
    variable of the environment tells of it.
    """
    bundle: str | None = getattr(sys, "_MEIPASS", None)
    if bundle is None:
        yield
        return
    _set_folder(None)
    try:
        yield
    finally:
        _set_folder(bundle)
