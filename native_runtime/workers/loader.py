"""Reads workers.toml, strictly: every problem at once, each with its line and column."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from native_runtime.errors import ConfigError, ConfigProblem
from native_runtime.workers import overrides, toml
from native_runtime.workers.build import build_config
from native_runtime.workers.config_text import read_body, text_of
from native_runtime.workers.keys import FILE
from native_runtime.workers.locator import Locator
from native_runtime.workers.problem import MOST_PROBLEMS, first_of, show_path
from native_runtime.workers.source import Source, sources_of
from native_runtime.workers.variables import expand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from native_runtime.workers.config import Config
    from native_runtime.workers.overrides import Override
    from native_runtime.workers.problem import KeyPath, Problem


def load(path: Path, *, environ: Mapping[str, str]) -> Config:
    """Read a whole workers.toml.

    Args:
        path: The file. Relative paths in it start at its folder.
        environ: Variables that texts of the file name (`${NAME}`) or that override keys of it, and the one that
            names the home folder, for which `~` at the start of a path stands.

    Returns:
        The configuration, with every default filled in. An empty file is valid.

    Raises:
        ConfigError: The file cannot be read or used; holds every problem.
    """
    return load_body(read_body(path), path=path, environ=environ)


def load_body(body: bytes, *, path: Path, environ: Mapping[str, str]) -> Config:
    """The same for what was read of the file, whatever has become of it since.

    Args:
        body: The whole content.
        path: The file.
        environ: As for `load`.

    Raises:
        ConfigError: The content cannot be used; holds every problem.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link away from its folder
    return read_config(text_of(body, path), path=path, environ=environ)


def read_config(text: str, *, path: Path, environ: Mapping[str, str]) -> Config:
    """The configuration that a text is, whether or not it stands in the file yet.

    Args:
        text: What would stand in the file.
        path: The file, absolute.
        environ: As for `load`.

    Raises:
        ConfigError: The text cannot be used; holds every problem.
    """
    try:
        values, problems = expand(toml.parse(text, path), environ)
        wanted, misspelt = _override(values, environ)
        broken = {problem.path for problem in problems}
        problems += [
            each for each in islice(FILE.check(values, ()), MOST_PROBLEMS + 1) if each.path not in broken
        ]
    except RecursionError:
        raise ConfigError([toml.too_deep(path)]) from None
    locator = Locator(text)
    variables = {override.path: override.variable for override in wanted}
    if problems or misspelt:
        raise ConfigError(first_of([*_placed(problems, locator, variables, path), *misspelt]))
    return build_config(
        values,
        path=path,
        home=lambda: _home(environ, path),
        sources=sources_of(values, locator, variables),
    )


def _home(environ: Mapping[str, str], path: Path) -> Path:
    named = environ.get("USERPROFILE" if os.name == "nt" else "HOME")
    try:
        return Path(named) if named else Path.home()
    except RuntimeError as error:  # a user of whom the system knows nothing, as in many containers
        problem = "expected a home folder, for which ~ stands, got a user without one; set HOME, or write full paths"
        raise ConfigError([f"{path.name}: {problem}"]) from error


def _override(
    values: dict[str, Any], environ: Mapping[str, str]
) -> tuple[Sequence[Override], Sequence[ConfigProblem]]:
    """Write what variables override into `values`; returns what was meant, and what was meant wrongly."""
    wanted: list[Override] = []
    problems: list[ConfigProblem] = []
    for each in overrides.overrides_in(environ, values):
        if isinstance(each, ConfigProblem):
            problems.append(each)
        elif (obstacle := overrides.apply(each, values)) is not None:
            problems.append(obstacle)
        else:
            wanted.append(each)
    return wanted, problems


def _placed(
    problems: Sequence[Problem], locator: Locator, variables: Mapping[KeyPath, str], path: Path
) -> list[ConfigProblem]:
    """Each with its place, as they stand in the file; those of variables behind them."""
    placed = []
    for problem in problems:
        source = Source.of(problem.path, locator, variables)
        told = ConfigProblem(
            text=problem.text,
            source=source.variable or path.name,
            key=show_path(problem.path),
            line=source.line,
            column=source.column,
        )
        placed.append(((source.variable or "", source.line or 0, source.column or 0), told))
    return [told for _, told in sorted(placed, key=lambda pair: pair[0])]
