"""What the first word of a command means: one of the runtime's own commands, or a program on PATH."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from native_runtime.errors import CommandNotFoundError, nearest
from native_runtime.processes import app_commands
from native_runtime.processes.outside import bundle_folders, users_environment
from native_runtime.processes.reentry import PYTHON, own_interpreter

if TYPE_CHECKING:
    from native_runtime.processes.spec import ChildSpec

Prepare = Callable[["ChildSpec"], "ChildSpec"]


class Commands:
    """The runtime commands by name: the library's, and those of the app's own.

    Args:
        find: Imports the modules in which the app's own are written; called for a name that is not known yet.
    """

    def __init__(self, *, find: Callable[[], object] = lambda: None) -> None:
        self._prepare: dict[str, Prepare] = {}
        self._find = find
        self._problem = ""  # why the app's own could not be looked for

    def register(self, name: str, prepare: Prepare) -> None:
        """Make `name` a runtime command; `prepare` completes the spec of a child that runs it."""
        self._prepare[name] = prepare

    def prepare(self, spec: ChildSpec) -> ChildSpec:
        """`spec` as its runtime command wants it; unchanged for a program and for a command of the app's own."""
        first = spec.command[0]
        if (prepare := self._prepare.get(first)) is not None:
            return prepare(spec)
        if app_commands.looks_like_one(first) and app_commands.get(first) is None:
            self._look()
        return spec

    def environment(self, spec: ChildSpec) -> dict[str, str]:
        """What the process inherits: a part of a packaged app the bundle's, any other program the user's own."""
        return dict(os.environ) if self.is_own(spec) else users_environment(os.environ, bundle_folders())

    def is_own(self, spec: ChildSpec) -> bool:
        """True if the app itself runs it, false for any other program."""
        first = spec.command[0]
        return first in self._prepare or first == PYTHON or app_commands.get(first) is not None

    def argv(self, spec: ChildSpec) -> tuple[str, ...]:
        """The argument list to spawn, with an absolute executable.

        Raises:
            CommandNotFoundError: Neither a runtime command nor an executable.
        """
        first, *rest = spec.command
        if first in self._prepare or first == PYTHON:
            return (*own_interpreter(), *spec.command)
        if app_commands.get(first) is not None:
            return (*own_interpreter(), app_commands.RUN, *spec.command)
        program = _executable(first, spec)
        if program is None:
            raise self._not_found(first, spec)
        return (program, *rest)

    def _look(self) -> None:
        self._problem = ""
        try:
            self._find()
        except Exception as error:  # noqa: BLE001 - whatever an app's module raises; told if the name stays unknown
            self._problem = (
                f"a module of `[runtime] jobs` cannot be imported: {type(error).__name__}: {error}"
            )

    def _not_found(self, first: str, spec: ChildSpec) -> CommandNotFoundError:
        if not app_commands.looks_like_one(first):
            return CommandNotFoundError(
                first, f"PATH ({_search_path(spec)})", "install it, or give its full path"
            )
        named = [*self._prepare, *app_commands.known()]
        near = nearest(first, named)
        hint = self._problem or (
            f"did you mean {near!r}?" if near else "define it with @native_runtime.command"
        )
        return CommandNotFoundError(
            first, f"the runtime commands ({', '.join(named) or 'none'}) and PATH", hint
        )


def _search_path(spec: ChildSpec) -> str:
    return spec.env.get("PATH") or users_environment(os.environ, bundle_folders()).get("PATH", os.defpath)


def _executable(first: str, spec: ChildSpec) -> str | None:
    if os.path.basename(first) != first:  # noqa: PTH119 - on the way of each restart, where pathlib costs ten times as much
        # A path, not a bare word: relative to the child's own folder.
        candidate = os.path.join(spec.cwd or os.getcwd(), first)  # noqa: PTH109, PTH118 - as above
        if os.path.isfile(candidate):  # noqa: PTH113 - as above
            if not os.access(candidate, os.X_OK):
                raise PermissionError(f"{candidate}: expected a program, got a file that may not be executed")
            return candidate
        raise CommandNotFoundError(first, os.path.dirname(candidate), "check the path")  # noqa: PTH120 - as above
    import shutil  # only here: it brings every compressor along

    return shutil.which(first, path=_search_path(spec))
