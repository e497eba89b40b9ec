"""`process:list`, `process:start`, `process:stop`, `process:restart`: of a running app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import print_json, say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("process:list")
@config_option
@json_option
def show(config: Path | None, *, as_json: bool) -> None:
    """All children, workers included."""
    from native_runtime.cli.tables import print_children

    children = locate(config).require_running().status()["children"]
    if as_json:
        print_json(children)
    else:
        print_children(children)


@click.command("process:start")
@config_option
@click.argument("name")
def start(config: Path | None, name: str) -> None:
    """Start a child that is down, or try one again now that waits for its restart."""
    locate(config).require_running().post("/api/processes", name, "start")
    say(f"{name} is started.")


@click.command("process:stop")
@config_option
@click.argument("name")
def stop(config: Path | None, name: str) -> None:
    """End a child and its whole tree, and keep it down."""
    locate(config).require_running().post("/api/processes", name, "stop")
    say(f"{name} is stopped.")


@click.command("process:restart")
@config_option
@click.argument("name")
def restart(config: Path | None, name: str) -> None:
    """End a child if it is there, and start it now."""
    locate(config).require_running().post("/api/processes", name, "restart")
    say(f"{name} was restarted.")
