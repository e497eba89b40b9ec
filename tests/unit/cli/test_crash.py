import json
from dataclasses import replace
from pathlib import Path

import pytest

from native_runtime.cli.crash import without_end
from native_runtime.cli.main import main
from native_runtime.processes.crash_report import CrashReport, write_report

TRACEBACK = ("Fatal Python error: Segmentation fault", "Stack of thread 1")


@pytest.fixture
def report(data: Path) -> CrashReport:
    report = CrashReport(
        id="20260101T120000-default-1",
        child="default:1",
        reason="crashed",
        exit_code=None,
        signal="SIGSEGV",
        detail="SIGSEGV",
        at="2026-01-01T12:00:00+00:00",
        pid=4711,
        uptime=3.5,
        job={"id": "a1", "name": "app.jobs.thumb", "attempt": 2},
        output=("loading", "boom", *TRACEBACK),
        traceback="\n".join(TRACEBACK),
    )
    assert write_report(data / "crashes", report) is not None
    return report


def test_list_as_json_has_the_documented_keys(
    report: CrashReport, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["crash:list", "--json"]) == 0
    (crash,) = json.loads(capsys.readouterr().out)
    assert {"id", "child", "reason", "exit_code", "signal", "job", "at", "path"} <= set(crash)
    assert (crash["id"], crash["signal"]) == (report.id, "SIGSEGV")


@pytest.mark.usefixtures("report")
def test_list_for_people_names_child_and_job(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crash:list"]) == 0
    printed = capsys.readouterr().out
    assert "default:1" in printed
    assert "SIGSEGV" in printed


def test_show_tells_what_ran_and_what_was_printed_last(
    report: CrashReport, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["crash:show", report.id]) == 0
    printed = capsys.readouterr().out
    for expected in ("app.jobs.thumb", "attempt 2", "boom", "Fatal Python error", "4 s"):
        assert printed.count(expected) == 1


@pytest.mark.parametrize(
    ("lines", "end", "expected"),
    [
        (["a", "b", "c"], ["b", "c"], ["a"]),
        (["b", "c"], ["b", "c"], []),
        (["a", "b"], ["a"], ["a", "b"]),
        (["a"], [], ["a"]),
        (["b"], ["a", "b"], ["b"]),
    ],
)
def test_output_that_ends_with_the_traceback_is_shown_up_to_it(
    lines: list[str], end: list[str], expected: list[str]
) -> None:
    assert without_end(lines, end) == expected


@pytest.mark.parametrize("arguments", [["2026"], ["--last"], ["20260101T120000-default-1"]])
def test_show_finds_a_report_by_the_beginning_of_its_id_or_as_the_last(
    arguments: list[str], report: CrashReport, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["crash:show", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == report.id


def test_last_is_the_newest_and_a_beginning_of_several_ids_is_refused(
    data: Path, report: CrashReport, capsys: pytest.CaptureFixture[str]
) -> None:
    longer = replace(report, id=f"{report.id}0")  # begins with the other's whole id
    assert write_report(data / "crashes", longer) is not None
    assert main(["crash:show", "--last", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == longer.id
    assert main(["crash:show", report.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == report.id
    assert main(["crash:show", "2026"]) == 1
    complaint = capsys.readouterr().err
    assert "2 crash reports have ids that begin with '2026'" in complaint
    assert longer.id in complaint


@pytest.mark.usefixtures("data")
def test_last_without_any_report_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crash:show", "--last"]) == 1
    assert "no crash has left a report" in capsys.readouterr().err


@pytest.mark.usefixtures("data")
def test_an_unknown_report_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crash:show", "x"]) == 1
    assert "no crash report has the id 'x'" in capsys.readouterr().err


@pytest.mark.usefixtures("data")
def test_without_crashes_the_list_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crash:list"]) == 0
    assert capsys.readouterr().out == "No crashes.\n"
    assert main(["crash:list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
