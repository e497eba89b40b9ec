import json
from pathlib import Path

import pytest

from native_runtime.cli.main import main
from native_runtime.processes.crash_report import CrashReport, write_report


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
        job={"id": "j1", "name": "app.jobs.thumb", "attempt": 2},
        output=("loading", "boom"),
        traceback="Fatal Python error: Segmentation fault",
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
        assert expected in printed


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
