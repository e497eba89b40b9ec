"""Reading a log file from outside while its child goes on writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.processes import log_file
from native_runtime.processes.log_file import LogFile
from native_runtime.processes.log_tail import LogTail

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_last_lines_come_first_and_then_what_is_new(tmp_path: Path) -> None:
    log, tail = LogFile(tmp_path / "api.log"), LogTail(tmp_path / "api.log")
    log.write(b"one\ntwo\nthree\n")
    assert tail.last_lines(2) == b"two\nthree\n"
    assert tail.more() == b""
    log.write(b"fo")
    log.write(b"ur\n")
    assert tail.more() == b"four\n"
    log.close()


def test_nothing_is_lost_or_repeated_across_rotations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "LARGEST_FILE", 40)
    log, tail = LogFile(tmp_path / "api.log"), LogTail(tmp_path / "api.log")
    seen = tail.last_lines(0)
    lines = [b"line %05d\n" % number for number in range(50)]
    for number, line in enumerate(lines):
        log.write(line)
        if number % 7 == 0:  # up to two rotations between two looks
            seen += tail.more()
    seen += tail.more()
    assert seen == b"".join(lines)
    assert LogTail(tmp_path / "api.log").last_lines(10) == b"".join(lines[-10:])
    log.close()


def test_a_child_that_has_printed_nothing_has_no_lines(tmp_path: Path) -> None:
    tail = LogTail(tmp_path / "api.log")
    assert tail.last_lines(10) == b""
    assert tail.more() == b""
