"""`new`."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import click

from native_runtime.cli.output import say
from native_runtime.cli.toolkits import TOOLKITS


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--name", help="What people call the app, such as 'Photo Sorter'. [default: from the name of DIR]"
)
@click.option(
    "--toolkit",
    type=click.Choice(list(TOOLKITS)),
    default=next(iter(TOOLKITS)),
    show_default=True,
    help="What the window is made of: a page in a web view, or widgets.",
)
def new(folder: Path, name: str | None, toolkit: str) -> None:
    """Write a new app into DIR: a window, a job, a worker, tests, and settings for a packaged build.

    Asks nothing, and touches nothing that is there: DIR is a new or an empty folder.
    """
    from native_runtime.cli.app_names import names_of
    from native_runtime.cli.scaffold import scaffold

    names = names_of(name, folder.absolute().name)
    files = scaffold(folder, names, TOOLKITS[toolkit])
    say(f"{names.title} is in {folder}: {len(files)} files. Next:")
    for command in (
        ["cd", str(folder)],
        ["python", "-m", "pip", "install", "-e", ".[dev]"],
        ["python", "-m", names.module],
    ):
        say(f"  {_typed(command)}")


def _typed(command: list[str]) -> str:
    """As it is typed in a terminal of this system."""
    return subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)
