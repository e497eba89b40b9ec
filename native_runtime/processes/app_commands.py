"""Commands of the app's own: functions that a child runs in the app's own interpreter or frozen binary."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from native_runtime.processes.reentry import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

RUN: Final = "runtime:command"
"""The runtime command that runs one of the app's own: `runtime:command photo:scan --deep`."""

AppCommand = Callable[[list[str]], int | None]
C = TypeVar("C", bound=AppCommand)

_FORM: Final = re.compile(r"[a-z][a-z0-9_-]*(:[a-z][a-z0-9_-]*)+")
_registered: Final[dict[str, AppCommand]] = {}


def command(name: str) -> Callable[[C], C]:
    """Make a function a command of the app, which `ChildProcess.start([name, …], …)` runs in a process of its own.

    The function gets the words after the name, and returns the exit code; None is 0. It stays a plain function.
    Write it into one of the modules that `[runtime] jobs` names: the new process imports those to find it.

    Args:
        name: Lower case, with a colon, such as `photo:scan`.

    Raises:
        ValueError: The name is of another form, the runtime's, or another function's.
    """
    if not _FORM.fullmatch(name):
        raise ValueError(
            f"command: expected a name such as 'photo:scan', lower case with a colon, got {name!r}"
        )
    if name.partition(":")[0] in GROUPS:
        raise ValueError(
            f"command: {name!r}: expected another word before the colon than {', '.join(sorted(GROUPS))}: "
            "those are the runtime's own"
        )

    def register(function: C) -> C:
        known = _registered.setdefault(name, function)
        if _home(known) != _home(function):
            raise ValueError(
                f"command: {name!r} is {_home(known)} already; give {_home(function)} another name"
            )
        _registered[name] = function  # the same one again: its module was reloaded
        return function

    return register


def looks_like_one(word: str) -> bool:
    """True if `word` has the form of a command's name."""
    return _FORM.fullmatch(word) is not None


def known() -> list[str]:
    """The names of those whose modules were imported so far, sorted."""
    return sorted(_registered)


def get(name: str) -> AppCommand | None:
    """The command of this name, or None if no module that was imported so far has it."""
    return _registered.get(name)


def load_modules(modules: Iterable[str], *, path: Iterable[str]) -> None:
    """Import the modules in which commands are written.

    Args:
        modules: Their names.
        path: Joins `sys.path`, as far as it lacks it.
    """
    sys.path += [entry for entry in path if entry and entry not in sys.path]
    for module in modules:
        importlib.import_module(module)


def _home(function: AppCommand) -> str:
    return f"{function.__module__}.{function.__qualname__}"
