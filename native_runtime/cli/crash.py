"""`crash:list`, `crash:show`: reports in the data folder, whether the app runs or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import print_json, say, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
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
@click.argument("report_id", metavar="[ID]", required=False)
@click.option("--last", is_flag=True, help="The newest report.")
def show(config: Path | None, report_id: str | None, *, last: bool, as_json: bool) -> None:
    """One report: what ended, what ran, the last output, the traceback. The beginning of an ID is enough."""
    from native_runtime.processes.crash_report import read_reports

    if last == bool(report_id):
        raise click.UsageError("expected the id of a report, or --last", click.get_current_context())
    reports = {report["id"]: report for report in read_reports(locate(config).folders.crashes)}
    report = reports[chosen(report_id or "", list(reports))]
    if as_json:
        print_json(report)
    else:
        _print_report(report)


def chosen(beginning: str, ids: Sequence[str]) -> str:
    """The one id that begins so; the first of all for an empty `beginning`.

    Args:
        beginning: Of an id, or a whole one.
        ids: Newest first.

    Raises:
        ClickException: None does, or several do.
    """
    if not beginning and not ids:
        raise click.ClickException(
            "no crash has left a report here; -c FILE names another app's workers.toml"
        )
    found = [each for each in ids if each.startswith(beginning)]
    if not found:
        raise click.ClickException(
            f"no crash report has the id {beginning!r}; `native-runtime crash:list` lists them"
        )
    if not beginning or beginning in found:  # a whole id may begin another one
        return beginning or found[0]
    if len(found) > 1:
        raise click.ClickException(
            f"{len(found)} crash reports have ids that begin with {beginning!r}, among them {found[0]} "
            f"and {found[1]}; give more of it, or --last"
        )
    return found[0]


def _print_report(report: Document) -> None:
    say(f"{report['child']} (pid {report['pid']}): {report['reason']} at {report['at']}")
    say(f"  {report['detail']}; it had run for {seconds(report['uptime'])}")
    if report["job"]:
        say(f"  running {report['job']['name']} ({report['job']['id']}), attempt {report['job']['attempt']}")
    say(f"  file: {report['path']}")
    traceback = report["traceback"].split("\n") if report["traceback"] else []
    for title, lines in (("Traceback", traceback), ("Last output", without_end(report["output"], traceback))):
        if lines:
            say(f"\n{title}:")
            say("\n".join(f"  {line}" for line in lines))


def without_end(lines: list[str], end: list[str]) -> list[str]:
    """`lines` up to where `end` begins, if they end with it: a traceback was printed, too, and is shown once."""
    return lines[: -len(end)] if end and lines[-len(end) :] == end else lines
