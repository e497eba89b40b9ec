"""Crash reports are whole or not there."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime.processes.crash_report import KEPT_REPORTS, CrashReport, read_reports, write_report

if TYPE_CHECKING:
    import pytest


def report(number: int = 1) -> CrashReport:
    return CrashReport(
        id=f"20260101T0000{number:06}-encode",
        child="encode",
        reason="crashed",
        exit_code=3,
        signal=None,
        detail="exit code 3",
        at="2026-01-01T00:00:00+00:00",
        pid=4711,
        uptime=1.5,
        output=("süß",),
    )


def test_report_is_read_back_with_its_place(tmp_path: Path) -> None:
    path = write_report(tmp_path / "crashes", report())
    (found,) = read_reports(tmp_path / "crashes")
    assert (found["child"], found["output"], found["path"]) == ("encode", ["süß"], str(path))


def test_report_that_does_not_fit_on_the_disk_leaves_no_file_and_one_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def write_half(path: Path, text: str, _encoding: str) -> int:
        path.write_bytes(text.encode()[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", write_half)
    assert write_report(tmp_path, report()) is None
    assert list(tmp_path.iterdir()) == []
    (said,) = caplog.record_tuples
    assert said[:2] == ("native_runtime.processes", logging.WARNING)
    assert "the crash report of encode could not be written to" in said[2]
    assert os.strerror(errno.ENOSPC) in said[2]
    assert "\n" not in caplog.text.strip()


def test_only_the_newest_reports_are_kept_and_no_draft_of_an_app_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / f"{report(0).id}.json.new").write_text("{")
    for number in range(1, KEPT_REPORTS + 2):
        write_report(tmp_path, report(number))
    assert [each["id"] for each in read_reports(tmp_path)] == [
        report(number).id for number in range(KEPT_REPORTS + 1, 1, -1)
    ]
    assert len(list(tmp_path.iterdir())) == KEPT_REPORTS
