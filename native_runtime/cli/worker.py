"""`worker:up`, `worker:down`, `worker:restart`, `worker:scale`: of a running app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option
from native_runtime.cli.output import counted, say
from native_runtime.workers.config import MOST_PROCESSES

if TYPE_CHECKING:
    from pathlib import Path


def process_count(context: click.Context, _parameter: click.Parameter, text: str) -> int | Literal["auto"]:
    """Read a number of processes, or `auto`.

    Raises:
        UsageError: It is none, or the gateway would refuse it.
    """
    if text == "auto":
        return "auto"
    if not text.isdecimal() or int(text) > MOST_PROCESSES:
        raise click.UsageError(f"expected 0 to {MOST_PROCESSES} processes or auto, got {text!r}", context)
    return int(text)


@click.command("worker:up")
@config_option
@click.argument("name")
def up(config: Path | None, name: str) -> None:
    """Start a worker that is down."""
    _tell(config, name, "up", f"{name} is up.")


@click.command("worker:down")
@config_option
@click.argument("name")
def down(config: Path | None, name: str) -> None:
    """Stop a worker and keep it down; its job is finished or given back first."""
    _tell(config, name, "down", f"{name} is down.")


@click.command("worker:restart")
@config_option
@click.argument("name")
def restart(config: Path | None, name: str) -> None:
    """Replace a worker's processes, each by one that is ready before it leaves."""
    _tell(config, name, "restart", f"{name} is being restarted.")


# Unknown options are let through so that -1 is a wrong number, not an unknown option.
@click.command("worker:scale", context_settings={"ignore_unknown_options": True})
@config_option
@click.argument("name")
@click.argument("processes", callback=process_count)
def scale(config: Path | None, name: str, processes: int | Literal["auto"]) -> None:
    """Keep another number of processes until the app ends; `auto`: as many as workers.toml and the jobs want."""
    app = locate(config).require_running()
    app.post("/api/workers", name, "scale", body={"processes": processes})
    if processes == "auto":
        say(f"{name} has as many processes as workers.toml and its jobs want.")
        return
    say(f"{name} has {counted(processes, 'process', 'processes')}.")


def _tell(config: Path | None, name: str, action: str, done: str) -> None:
    locate(config).require_running().post("/api/workers", name, action)
    say(done)
