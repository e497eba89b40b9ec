"""What `queue:stress` makes of what it has seen."""

from __future__ import annotations

import os
import struct
from collections import Counter
from typing import TYPE_CHECKING

from native_runtime.cli.stress_crowd import Times, report_of
from native_runtime.queue.stress import leave_trace, runs_by_number, traces_in

if TYPE_CHECKING:
    from pathlib import Path

TIMES = Times(begun=0.0, stored=1.0, first=2.0, last=3.98)


def test_every_job_that_has_run_once_is_a_good_report() -> None:
    report = report_of(Counter(range(200)), dispatched=200, failed=0, leftovers=0, times=TIMES)
    assert report.is_good
    assert (report.executed, report.duplicates, report.jobs_per_second) == (200, 0, 100.0)
    assert (report.dispatch_seconds, report.wait_seconds, report.seconds) == (1.0, 1.0, 2.0)


def test_a_job_that_ran_twice_or_not_at_all_is_counted() -> None:
    report = report_of(Counter({0: 3, 1: 1}), dispatched=3, failed=0, leftovers=1, times=TIMES)
    assert not report.is_good
    assert (report.executed, report.duplicates, report.leftovers) == (2, 2, 1)


def test_traces_tell_which_job_ran_how_often_whatever_was_torn(tmp_path: Path) -> None:
    for number in (7, 8, 7):
        leave_trace(tmp_path, number, "ballast")
    (tmp_path / "killed").write_bytes(struct.pack("<I", 9) + b"\x01")
    assert runs_by_number(tmp_path) == {7: 2, 8: 1, 9: 1}
    assert traces_in(tmp_path) == 4
    assert (tmp_path / str(os.getpid())).exists()
