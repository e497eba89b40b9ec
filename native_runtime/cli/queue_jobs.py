"""`queue:jobs`, `queue:job`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option, queue_names
from native_runtime.cli.output import print_json
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_PAGE: Final = 1000  # the gateway gives no more at once
FURTHEST: Final = 2**53 - 1  # the gateway takes no more


@click.command("queue:jobs")
@config_option
@json_option
@click.option(
    "--state",
    "states",
    type=click.Choice(list(JobState)),
    multiple=True,
    help="In this state; several times for several.",
)
@click.option("--queue", callback=queue_names, help="Of this queue.")
@click.option("--text", help="Whose id, name or error contains it, in any case.")
@click.option(
    "--limit", type=click.IntRange(1, LARGEST_PAGE), default=50, show_default=True, help="Most to list."
)
@click.option("--offset", type=click.IntRange(0, FURTHEST), default=0, help="How many of the newest to skip.")
def search(
    config: Path | None,
    *,
    as_json: bool,
    states: tuple[str, ...],
    queue: str | None,
    text: str | None,
    limit: int,
    offset: int,
) -> None:
    """Search jobs, newest first, with how far they are."""
    from native_runtime.cli.tables import print_jobs

    wanted = tuple(JobState(each) for each in states)
    which = JobFilter(
        states=wanted or None, queue=queue or None, text=text or None, limit=limit, offset=offset
    )
    page = locate(config).backend().jobs(which)
    if as_json:
        print_json(page["jobs"])
    else:
        print_jobs(page)


@click.command("queue:job")
@config_option
@json_option
@click.argument("job_id", metavar="ID")
def show(config: Path | None, job_id: str, *, as_json: bool) -> None:
    """One job with its arguments, its result and its traceback."""
    from native_runtime.cli.tables import print_job

    job = locate(config).backend().job(job_id)
    if job is None:
        raise click.ClickException(f"no job has the id {job_id!r}; `native-runtime queue:jobs` lists them")
    if as_json:
        print_json(job)
    else:
        print_job(job)
