"""`queue:failed`, `queue:retry`, `queue:forget`, `queue:flush`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import counted, print_json, say, screen_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LISTED: Final = "`native-runtime queue:failed` lists them"


@click.command("queue:failed")
@config_option
@json_option
def failed(config: Path | None, *, as_json: bool) -> None:
    """The jobs that ended without success, newest first."""
    from native_runtime.cli.tables import print_failed

    jobs = locate(config).backend().failed()
    if as_json:
        print_json(jobs)
    else:
        print_failed(jobs, columns=screen_columns())


@click.command("queue:retry")
@config_option
@click.argument("ids", nargs=-1, metavar="ID…")
@click.option("--all", "everything", is_flag=True, help="All failed jobs.")
def retry(config: Path | None, ids: tuple[str, ...], *, everything: bool) -> int:
    """Make failed jobs ready again, with all their tries."""
    if everything == bool(ids):
        raise click.UsageError("expected the ids of failed jobs, or --all", click.get_current_context())
    backend = locate(config).backend()
    if everything:
        say(f"Retrying {counted(backend.retry_all(), 'job')}.")
        return 0
    return each_id(ids, backend.retry, "Retrying {}.", "no failed job has the id {!r}")


@click.command("queue:forget")
@config_option
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
def forget(config: Path | None, ids: tuple[str, ...]) -> int:
    """Delete jobs that are over."""
    return each_id(ids, locate(config).backend().forget, "Forgot {}.", "no job that is over has the id {!r}")


@click.command("queue:flush")
@config_option
def flush(config: Path | None) -> None:
    """Delete all failed jobs."""
    say(f"Deleted {counted(locate(config).backend().flush(), 'failed job')}.")


def each_id(
    ids: tuple[str, ...], act: Callable[[str], bool], done: str, unknown: str, *, hint: str = LISTED
) -> int:
    """Act on every id, whatever the others are; returns 1 if one was unknown."""
    missing = [job_id for job_id in ids if not act(job_id)]
    for job_id in ids:
        if job_id not in missing:
            say(done.format(job_id))
    for job_id in missing:
        say(f"native-runtime: {unknown.format(job_id)}; {hint}", err=True)
    return 1 if missing else 0
