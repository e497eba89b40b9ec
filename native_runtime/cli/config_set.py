"""`config:set` and `config:unset`: through the running app where there is one, so that it knows the write as asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from native_runtime.cli.options import config_option
from native_runtime.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.cli.running_app import RunningApp


# Unknown options are let through so that -5 is a value, not an unknown option.
@click.command("config:set", context_settings={"ignore_unknown_options": True})
@config_option
@click.argument("key")
@click.argument("value")
def assign(config: Path | None, key: str, value: str) -> None:
    """Set one key of workers.toml: `config:set workers.default.memory 96`. Comments and layout stay.

    A list is words with commas between them; tables are written as in the file. Nothing is written that is not valid.
    """
    from native_runtime.workers.given import kind_at, read_given
    from native_runtime.workers.key_path import parse_key
    from native_runtime.workers.keys import FILE

    wanted = read_given(kind_at(FILE, parse_key(key)), value)
    path = _edit(config, key, {"value": wanted})
    say(f"{path}: {key} is set.")
    _tell_what_overrides(path, key)


@click.command("config:unset")
@config_option
@click.argument("key")
def unset(config: Path | None, key: str) -> None:
    """Remove one key of workers.toml, so that its default holds."""
    path = _edit(config, key, {"remove": True})
    say(f"{path}: {key} is removed.")


def _edit(config: Path | None, key: str, change: dict[str, Any]) -> Path:
    from native_runtime.workers.config_file import ConfigFile
    from native_runtime.workers.standalone import find_config

    path = find_config(os.environ, str(config) if config else None)
    file = ConfigFile(path)
    if (app := _running(path)) is not None:
        app.post("/api/config/edit", body={"key": key, **change})
    elif "value" in change:
        file.set(key, change["value"], origin="cli")
    else:
        file.remove(key, origin="cli")
    return path


def _running(path: Path) -> RunningApp | None:
    """The app that runs with this file; None if none does, or the file is so wrong that nobody can tell."""
    from native_runtime.cli.locate import locate
    from native_runtime.errors import ConfigError

    try:
        return locate(path).running()
    except ConfigError:
        return None  # an edit may be what mends it


def _tell_what_overrides(path: Path, key: str) -> None:
    from native_runtime.workers.key_path import parse_key
    from native_runtime.workers.loader import load

    source = load(path, environ=os.environ).sources.get(parse_key(key))
    if source is not None and source.variable is not None:
        say(f"warning: {source.variable} is set and overrides it", err=True)
