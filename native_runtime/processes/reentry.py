"""How this program starts itself again, from source and packaged, and what tells such a start from the user's."""

from __future__ import annotations

import os
import sys

# As type checkers know it: the first statement of every app comes by here, and goes without typing's milliseconds.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

GROUPS: Final = frozenset({"config", "crash", "process", "queue", "runtime", "worker"})
"""What stands before the colon in the runtime's own commands; an app uses other words."""
PYTHON: Final = "runtime:python"
"""The runtime command that does what `python` would: runs a module, a script or a line of code."""

_INTERPRETERS: Final = ("python", "pypy", "graalpy")  # how the names of programs begin that take `-m`
_UNPACKED: Final = "_MEI"  # how PyInstaller names the folder into which a single file unpacks itself


def is_packaged() -> bool:
    """True if `sys.executable` is the app and no interpreter: PyInstaller and its like, and Briefcase's stubs."""
    return bool(getattr(sys, "frozen", False)) or not _is_interpreter(sys.executable)


def is_single_file() -> bool:
    """True in a build of one file, whose unpacked folder vanishes the moment the app has ended."""
    return os.path.basename(getattr(sys, "_MEIPASS", "")).startswith(_UNPACKED)  # noqa: PTH119 - pathlib costs 5 ms


def own_interpreter() -> tuple[str, ...]:
    """How to start this very program again: the bundle's own executable, or Python with our package.

    A bundle may hold a second executable without the window's libraries, which starts in half the time.
    """
    if is_packaged():
        return (_lean_executable() or sys.executable,)
    return (sys.executable, "-m", "native_runtime")


def is_runtime_command(word: str) -> bool:
    """True for `queue:work` and its like; no URL and no path that a system may hand to an app is one."""
    group, colon, name = word.partition(":")
    return bool(colon) and group in GROUPS and name.isalpha()


def _is_interpreter(executable: str | None) -> bool:
    # Without a name, as in a program that embeds Python, there is nothing better to try.
    return not executable or os.path.basename(executable).lower().startswith(_INTERPRETERS)  # noqa: PTH119 - as above


def _lean_executable() -> str | None:
    """`<app>-worker`, beside the app or in the folder into which a single file unpacked itself."""
    folder, name = os.path.split(sys.executable)
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - as above
    for place in (folder, getattr(sys, "_MEIPASS", folder)):
        lean = os.path.join(place, f"{stem}-worker{suffix}")  # noqa: PTH118 - as above
        if os.path.isfile(lean):  # noqa: PTH113 - as above
            return lean
    return None
