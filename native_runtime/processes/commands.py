"""What the first word of a command means: one of the runtime's own commands, or a program on PATH."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime.errors import CommandNotFoundError

if TYPE_CHECKING:
    from native_runtime.processes.spec import ChildSpec

Prepare = Callable[["ChildSpec"], "ChildSpec"]


def own_interpreter() -> tuple[str, ...]:
    """How to start this very program again: the bundle's own executable, or Python with our package.

    A bundle may hold a second executable without the window's libraries, which starts in half the time.
    """
    if getattr(sys, "frozen", False):
        app = Path(sys.executable)
        lean = app.with_stem(f"{app.stem}-worker")
        return (str(lean if lean.is_file() else app),)
    return (sys.executable, "-m", "native_runtime")


class Commands:
    """The runtime commands by name."""

    def __init__(self) -> None:
        self._prepare: dict[str, Prepare] = {}

    def register(self, name: str, prepare: Prepare) -> None:
        """Make `name` a runtime command; `prepare` completes the spec of a child that runs it."""
        self._prepare[name] = prepare

    def prepare(self, spec: ChildSpec) -> ChildSpec:
        """`spec` as its runtime command wants it; unchanged for a program."""
        prepare = self._prepare.get(spec.command[0])
        return prepare(spec) if prepare else spec

    def argv(self, spec: ChildSpec) -> tuple[str, ...]:
        """The argument list to spawn, with an absolute executable.

        Raises:
            CommandNotFoundError: Neither a runtime command nor an executable.
        """
        first, *rest = spec.command
        if first in self._prepare:
            return (*own_interpreter(), *spec.command)
        return (_executable(first, spec), *rest)


def _executable(first: str, spec: ChildSpec) -> str:
    path = spec.env.get("PATH") or os.environ.get("PATH", os.defpath)
    if Path(first).name != first:  # a path, not a bare word: relative to the child's own folder
        candidate = Path(spec.cwd or Path.cwd(), first)
        if candidate.is_file():
            if not os.access(candidate, os.X_OK):
                raise PermissionError(f"{candidate}: expected a program, got a file that may not be executed")
            return str(candidate)
        raise CommandNotFoundError(first, str(candidate.parent), "check the path")
    found = shutil.which(first, path=path)
    if found is None:
        raise CommandNotFoundError(first, f"PATH ({path})", "install it, or give its full path")
    return found
