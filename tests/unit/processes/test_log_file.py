from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.processes.log_file import LARGEST_FILE, OLDER_FILES, LogFile

if TYPE_CHECKING:
    from pathlib import Path


def test_log_rotates_keeps_the_newest_files_and_loses_nothing_between_them(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "a.log")
    for number in range(OLDER_FILES + 3):
        log.write(b"%d" % number * LARGEST_FILE)
    log.close()
    found = {
        file.name: (file.read_bytes()[:1], file.stat().st_size) for file in (tmp_path / "logs").iterdir()
    }
    assert found == {
        "a.log": (b"5", LARGEST_FILE),
        "a.log.1": (b"4", LARGEST_FILE),
        "a.log.2": (b"3", LARGEST_FILE),
        "a.log.3": (b"2", LARGEST_FILE),
    }
    assert log.lost == 0


def test_log_goes_on_where_it_ended(tmp_path: Path) -> None:
    for word in (b"one\n", b"two\n"):
        log = LogFile(tmp_path / "a.log")
        log.write(word)
        log.close()
    assert (tmp_path / "a.log").read_bytes() == b"one\ntwo\n"


def test_log_that_cannot_be_opened_loses_counted_bytes_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.write_text("in the way")
    log = LogFile(folder / "a.log")
    log.write(b"lost")
    assert log.lost == 4
    folder.unlink()
    log.write(b"kept")
    log.close()
    assert (folder / "a.log").read_bytes() == b"kept"
