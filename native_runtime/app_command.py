"""`runtime:command`: runs one of the app's own commands in this process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from native_runtime import environment
from native_runtime.errors import ConfigError
from native_runtime.processes import app_commands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FAILED: Final = 1
USAGE: Final = 2


def main(arguments: Sequence[str], config: str | None = None) -> int:
    """Run `runtime:command NAME …`; what the command raises, leaves this too.

    Args:
        arguments: The name, and what the command gets.
        config: The workers.toml that names the modules; by default, what the environment tells.

    Returns:
        What the command returned, 0 for None; 1 if workers.toml is needed and unusable, 2 if there is no such command.
    """
    name, *rest = arguments or [""]
    try:
        _load(os.environ, config)
    except ConfigError as error:
        return _refuse("; ".join(error.problems), FAILED)
    function = app_commands.get(name)
    if function is None:
        known = ", ".join(app_commands.known()) or "none"
        hint = "define it in a module that `[runtime] jobs` names"
        return _refuse(f"{name!r}: expected a command of the app, which has {known}; {hint}", USAGE)
    return function(rest) or 0


def _refuse(problem: str, code: int) -> int:
    print(f"{app_commands.RUN}: {problem}", file=sys.stderr)  # noqa: T201 - the process's own output
    return code


def _load(environ: Mapping[str, str], config: str | None) -> None:
    """Find the app's modules: told by the runtime that started this, else through workers.toml."""
    if config is None and environment.JOBS in environ:
        jobs = tuple(filter(None, environ[environment.JOBS].split(",")))
    else:
        from native_runtime.workers.standalone import prepare

        jobs = prepare(environ, config)[1]
    app_commands.load_modules(jobs, path=environ.get(environment.PATH, "").split(os.pathsep))
