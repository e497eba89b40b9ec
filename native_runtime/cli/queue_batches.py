"""`queue:batches`, `queue:batch`, `queue:cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import print_json
from native_runtime.cli.queue_failed import each_id

if TYPE_CHECKING:
    from pathlib import Path

LISTED: Final = "`native-runtime queue:batches` lists batches, the status panel lists jobs"


@click.command("queue:batches")
@config_option
@json_option
def show_all(config: Path | None, *, as_json: bool) -> None:
    """Batches and how far they are, newest first."""
    from native_runtime.cli.tables import print_batches

    batches = locate(config).backend().batches()
    if as_json:
        print_json(batches)
    else:
        print_batches(batches)


@click.command("queue:batch")
@config_option
@click.argument("batch_id", metavar="ID")
@json_option
def show(config: Path | None, batch_id: str, *, as_json: bool) -> None:
    """One batch with its first hundred jobs."""
    from native_runtime.cli.tables import print_batch

    batch = locate(config).backend().batch(batch_id)
    if batch is None:
        raise click.ClickException(
            f"no batch has the id {batch_id!r}; `native-runtime queue:batches` lists them"
        )
    if as_json:
        print_json(batch)
    else:
        print_batch(batch)


@click.command("queue:cancel")
@config_option
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
def cancel(config: Path | None, ids: tuple[str, ...]) -> int:
    """Cancel jobs, or batches with all their jobs: what waits is over at once, what runs is asked to stop."""
    backend = locate(config).backend()
    return each_id(
        ids, backend.cancel, "Cancelled {}.", "no job or batch that is open has the id {!r}", hint=LISTED
    )
