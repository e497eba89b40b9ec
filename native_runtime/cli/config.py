"""`config:check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option
from native_runtime.cli.output import counted
from native_runtime.workers.unserved import unserved_queues

if TYPE_CHECKING:
    from pathlib import Path


@click.command("config:check")
@config_option
def check(config: Path | None) -> None:
    """Read workers.toml and tell every problem at once, with its line. Exit code 1 if there is one.

    What is valid but cannot be meant is told too, and leaves the exit code 0.
    """
    app = locate(config)
    workers = counted(len(app.config.workers), "worker")
    processes = counted(len(app.config.processes), "process", "processes")
    click.echo(f"{app.path} is valid: {workers}, {processes}.")
    for problem in unserved_queues(app.config):
        click.echo(f"But {problem}.", err=True)
