"""Reads workers.toml, strictly: every problem at once, each with its line and column."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from native_runtime.errors import ConfigError
from native_runtime.workers.build import build_config
from native_runtime.workers.keys import FILE
from native_runtime.workers.locator import Locator, Position, position_at
from native_runtime.workers.problem import show_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from native_runtime.workers.config import Config
    from native_runtime.workers.problem import Problem


def load(path: Path, *, environ: Mapping[str, str]) -> Config:
    """Read a whole workers.toml.

    Args:
        path: The file. Relative paths in it start at its folder.
        environ: Names the home folder that `~` at the start of a path in the file stands for.

    Returns:
        The configuration, with every default filled in. An empty file is valid.

    Raises:
        ConfigError: The file cannot be read or used; holds every problem.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link away from its folder
    text = _read_text(path)
    values = _parse(text, path)
    if problems := list(FILE.check(values, ())):
        raise ConfigError(_in_order(problems, Locator(text), path))
    home = environ.get("USERPROFILE" if os.name == "nt" else "HOME")
    return build_config(values, path=path, home=Path(home) if home else Path.home())


def _read_text(path: Path) -> str:
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            [
                f"{path}: expected a file, got none; create it, or name another with -c or NATIVE_RUNTIME_CONFIG"
            ]
        ) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: expected a file, got a folder; name the file inside it"]) from None
    except OSError as error:
        hint = "a folder cannot be read as a file" if path.is_dir() else "let this user read the file"
        raise ConfigError([f"{path}: cannot be read: {error.strerror}; {hint}"]) from error
    try:
        # Editors on Windows put a byte order mark in front, which TOML does not know.
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8-sig", errors="replace")
        where = _prefix(path, position_at(before, len(before)))
        raise ConfigError(
            [f"{where}: expected UTF-8 text, got the byte 0x{body[error.start]:02x}; save the file as UTF-8"]
        ) from None


def _parse(text: str, path: Path) -> dict[str, Any]:
    import tomllib  # only here: an app may be configured without a file

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError([f"{path.name}:1:1: expected at most some hundred levels, got more"]) from None
    except ValueError as error:  # a TOMLDecodeError, or a number with thousands of digits
        told = re.fullmatch(
            r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL
        )
        what = told[1] if told else str(error)
        end = position_at(text, len(text.rstrip()))
        where = Position(int(told[2]), int(told[3])) if told and told[2] else end
        raise ConfigError([f"{_prefix(path, where)}: not valid TOML: {what[:1].lower()}{what[1:]}"]) from None


def _in_order(problems: Sequence[Problem], locator: Locator, path: Path) -> list[str]:
    """One line for each problem, as they stand in the file."""
    placed = sorted(
        ((locator.position(problem.path), problem) for problem in problems), key=lambda pair: pair[0]
    )
    return [
        f"{_prefix(path, position)}: {show_path(problem.path)}: {problem.text}"
        for position, problem in placed
    ]


def _prefix(path: Path, position: Position) -> str:
    return f"{path.name}:{position.line}:{position.column}"
