"""`crash:list`, `crash:show`: reports in the data folder, whether the app runs or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import print_json, seconds

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.gateway.snapshot import Document


@click.command("crash:list")
@config_option
@json_option
def show_all(config: Path | None, *, as_json: bool) -> None:
    """The crash reports, newest first."""
    from native_runtime.cli.tables import print_crashes
    from native_runtime.gateway.snapshot import crash_document
    from native_runtime.processes.crash_report import read_reports

    crashes = [crash_document(report) for report in read_reports(locate(config).folders.crashes)]
    if as_json:
        print_json(crashes)
    else:
        print_crashes(crashes)


@click.command("crash:show")
@config_option
@json_option
@click.argument("report_id", metavar="ID")
def show(config: Path | None, report_id: str, *, as_json: bool) -> None:
    """One report: what ended, what ran, the last output, the traceback."""
    from native_runtime.processes.crash_report import read_reports

    reports = {report["id"]: report for report in read_reports(locate(config).folders.crashes)}
    if report_id not in reports:
        raise click.ClickException(
            f"no crash report has the id {report_id!r}; `native-runtime crash:list` lists them"
        )
    if as_json:
        print_json(reports[report_id])
    else:
        _print_report(reports[report_id])


def _print_report(report: Document) -> None:
    click.echo(f"{report['child']} (pid {report['pid']}): {report['reason']} at {report['at']}")
    click.echo(f"  {report['detail']}; it had run for {seconds(report['uptime'])}")
    if report["job"]:
        click.echo(
            f"  running {report['job']['name']} ({report['job']['id']}), attempt {report['job']['attempt']}"
        )
    click.echo(f"  file: {report['path']}")
    for title, lines in (("Traceback", report["traceback"].splitlines()), ("Last output", report["output"])):
        if lines:
            click.echo(f"\n{title}:")
            click.echo("\n".join(f"  {line}" for line in lines))
