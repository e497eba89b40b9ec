"""`queue:stress`."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from native_runtime.cli.interrupts import Asked, nothing_to_undo
from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option, queue_names
from native_runtime.cli.output import counted, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from native_runtime.cli.stress_crowd import Report

MOST: Final = 1_000_000  # jobs
LARGEST: Final = 1024 * 1024  # bytes


@click.command("queue:stress")
@config_option
@json_option
@click.option("--count", type=click.IntRange(1, MOST), default=1000, show_default=True, help="Jobs.")
@click.option("--queue", callback=queue_names, default="default", show_default=True, help="Where they go.")
@click.option(
    "--size", type=click.IntRange(0, LARGEST), default=100, show_default=True, help="Bytes that each carries."
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help="Seconds in which none runs, until the rest is given up.",
)
def stress(config: Path | None, *, as_json: bool, count: int, queue: str, size: int, patience: float) -> int:
    """Dispatch many small jobs, wait for them, and tell whether each has run, and run once.

    The workers that run do the work: the app's, or those of `queue:work` in another terminal. Nothing of it stays in the
    store. Exit code 1 if a job failed, ran twice or did not run.
    """
    with nothing_to_undo():
        import native_runtime
        from native_runtime.cli.stress_crowd import Crowd
        from native_runtime.clock import SystemClock

        path = locate(config).path
    asked = Asked()  # opening a store is not cut in two, either
    with native_runtime.connect(path) as connection, tempfile.TemporaryDirectory() as folder:
        asked.interrupt()
        crowd = Crowd(connection.driver, folder=Path(folder), queue=queue, clock=SystemClock())
        with _bar(count) as advance:
            report = crowd.run(count, size=size, patience=patience, advance=advance)
    if as_json:
        print_json(asdict(report))
    else:
        _print(report, queue)
    return 0 if report.is_good else 1


@contextlib.contextmanager
def _bar(count: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, where a person looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task("Jobs", total=count)
        yield lambda runs: bar.update(task, completed=runs)


def _print(report: Report, queue: str) -> None:
    say(
        f"{report.executed} of {counted(report.dispatched, 'job')} executed, {report.failed} failed, "
        f"{report.duplicates} ran again, {report.leftovers} left over."
    )
    say(
        f"{report.jobs_per_second:.0f} jobs/s: dispatched in {report.dispatch_seconds:.2f} s, begun "
        f"{report.wait_seconds:.2f} s later, done after {report.seconds:.2f} s more."
    )
    if report.leftovers:
        say(
            f"native-runtime: the rest was removed; start the app, or `native-runtime queue:work --queue={queue}`",
            err=True,
        )
