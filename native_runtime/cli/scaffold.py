"""Writes a new app: the template that lies in the package, under the app's own names."""

from __future__ import annotations

import json
import re
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from native_runtime.cli.app_names import AppNames
from native_runtime.cli.toolkits import TOOLKITS
from native_runtime.workers.schema import file_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from native_runtime.cli.toolkits import Toolkit

TEMPLATE: Final = Path(__file__).parents[1] / "template"
NAMES: Final = AppNames(title="New App", module="new_app", project="new-app")  # those of the template
# Files that tools would obey where they lie in the template.
RENAMED: Final = {"gitignore": ".gitignore", "project.toml": "pyproject.toml"}
SCHEMA: Final = "workers.schema.json"

_IGNORED: Final = "__pycache__"
_MAY_BE_THERE: Final = ".git"


def scaffold(folder: Path, names: AppNames, toolkit: Toolkit = TOOLKITS["pywebview"]) -> list[Path]:
    """Write an app with a window of this toolkit into `folder`, which is new or empty; returns its files, relative to it.

    Raises:
        ClickException: Something is in the way, or the folder cannot be written.
    """
    own = dict(zip(astuple(NAMES), astuple(names), strict=True))
    words = own | {word: _written(text, own) for word, text in toolkit.words().items()}
    try:
        _refuse_what_is_there(folder)
        written = [_write(folder, path, text) for path, text in _files(toolkit.layers, words)]
    except OSError as error:
        raise click.ClickException(
            f"{folder}: the app cannot be written: {error.strerror}; name a folder that this user may write to"
        ) from error
    return sorted(written)


def _refuse_what_is_there(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise click.ClickException(
            f"{folder}: expected a new or an empty folder, this is a file; name another one"
        )
    found = (
        sorted(each.name for each in folder.iterdir() if each.name != _MAY_BE_THERE)
        if folder.exists()
        else []
    )
    if found:
        shown = ", ".join(found[:3]) + (" …" if found[3:] else "")
        raise click.ClickException(
            f"{folder}: expected a new or an empty folder, it holds {shown}; nothing was written: name another one"
        )


def _files(layers: Sequence[str], words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Path and text of each file."""
    for layer in layers:
        place = TEMPLATE / layer
        for source in sorted(place.rglob("*")):
            if source.is_file() and _IGNORED not in source.parts:
                path = source.relative_to(place).as_posix()
                yield _written(RENAMED.get(path, path), words), _written(source.read_text("utf-8"), words)
    yield SCHEMA, json.dumps(file_schema(), indent=2) + "\n"


def _written(text: str, words: Mapping[str, str]) -> str:
    # In one pass: a title may hold what is a word of the template.
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)


def _write(folder: Path, path: str, text: str) -> Path:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8", newline="\n")
    return Path(path)
