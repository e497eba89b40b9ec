"""Whether the modules that workers.toml names can be imported: tried in a process of its own for each.

A module that ends its process, hangs or crashes harms nobody but that process.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from native_runtime.processes.reentry import is_packaged
from native_runtime.workers.doubts import problem_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.errors import ConfigProblem
    from native_runtime.workers.config import Config
    from native_runtime.workers.problem import KeyPath

PATIENCE: Final = 60.0  # seconds; a worker that takes as long to start is of no use

# Imports a module, looks for a function in it if one is named, and says a word that nothing else would say.
_PROGRAM: Final = """
import importlib, sys
word, folder, module, function = sys.argv[1:]
sys.path.insert(0, folder)
found = importlib.import_module(module)
if function and not callable(getattr(found, function)):
    raise TypeError(f"{module}.{function} cannot be called")
print("\\n" + word, flush=True)
"""


def import_problems(config: Config) -> list[ConfigProblem]:
    """One for each module or `on_start` function that a worker would not get.

    A packaged app is not looked into: it has no interpreter of its own to try, and its modules were found when it was built.
    """
    if is_packaged():
        return []
    return [
        problem_at(
            config,
            path,
            f"{module} cannot be imported: {why}" if not function else f"cannot be called: {why}",
        )
        for path, module, function in _wanted(config)
        if (why := _why_not(config, module, function))
    ]


def _wanted(config: Config) -> Iterator[tuple[KeyPath, str, str]]:
    for module in config.runtime.jobs:
        yield ("runtime", "jobs"), module, ""
    for worker in config.workers.values():
        if worker.on_start is not None:
            module, function = worker.on_start.split(":")
            yield ("workers", worker.name, "on_start"), module, function


def _why_not(config: Config, module: str, function: str) -> str:
    """The last line of the exception, or how else it went wrong; empty if it can be imported."""
    word = secrets.token_hex(8)
    folder = str(config.path.parent) if config.path is not None else ""
    try:
        ended = subprocess.run(
            [sys.executable, "-c", _PROGRAM, word, folder, module, function],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it takes more than {PATIENCE:g} seconds"
    if ended.returncode == 0 and word in ended.stdout:
        return ""
    if ended.returncode == 1 and (lines := ended.stderr.strip().splitlines()):
        return lines[-1].strip()
    return f"it ends the process (exit code {ended.returncode})"
