"""`queue:status`, `queue:pause`, `queue:resume`, `queue:clear`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option, queue_names
from native_runtime.cli.output import counted, print_json, say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("queue:status")
@config_option
@json_option
def status(config: Path | None, *, as_json: bool) -> None:
    """Every queue that has open or failed jobs, or is paused, in numbers. The app need not run."""
    from native_runtime.cli.tables import print_queues

    queues = locate(config).backend().status()["queues"]
    if as_json:
        print_json(queues)
    else:
        print_queues(queues)


@click.command("queue:pause")
@config_option
@click.argument("queues", nargs=-1, required=True, callback=queue_names, metavar="QUEUE…")
def pause(config: Path | None, queues: tuple[str, ...]) -> None:
    """Let nothing more be taken from these queues; what runs goes on."""
    backend = locate(config).backend()
    for queue in queues:
        backend.pause(queue)
        say(f"Paused {queue}.")


@click.command("queue:resume")
@config_option
@click.argument("queues", nargs=-1, required=True, callback=queue_names, metavar="QUEUE…")
def resume(config: Path | None, queues: tuple[str, ...]) -> None:
    """Open paused queues again."""
    backend = locate(config).backend()
    for queue in queues:
        backend.resume(queue)
        say(f"Resumed {queue}.")


@click.command("queue:clear")
@config_option
@click.argument("queues", nargs=-1, required=True, callback=queue_names, metavar="QUEUE…")
def clear(config: Path | None, queues: tuple[str, ...]) -> None:
    """Delete the jobs that wait in these queues; running and failed ones stay."""
    backend = locate(config).backend()
    for queue in queues:
        say(f"Deleted {counted(backend.clear(queue), 'waiting job')} of {queue}.")
