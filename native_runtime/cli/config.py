"""`config:check`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option
from native_runtime.cli.output import counted
from native_runtime.errors import ConfigError
from native_runtime.workers.doubts import doubts
from native_runtime.workers.importable import import_problems

if TYPE_CHECKING:
    from pathlib import Path


@click.command("config:check")
@config_option
def check(config: Path | None) -> None:
    """Read workers.toml and tell every problem at once, with its line. Exit code 1 if there is one.

    The modules it names are imported, each in a process of its own. What is valid but cannot be meant is told too,
    as a warning, and leaves the exit code 0.
    """
    app = locate(config)
    for doubt in doubts(app.config, environ=os.environ):
        click.echo(f"warning: {doubt}", err=True)
    if problems := import_problems(app.config):
        raise ConfigError(problems)
    workers = counted(len(app.config.workers), "worker")
    processes = counted(len(app.config.processes), "process", "processes")
    click.echo(f"{app.path} is valid: {workers}, {processes}.")
