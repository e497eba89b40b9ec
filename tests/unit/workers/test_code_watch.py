"""Only what changes source code below the followed folders is told, and all of that, wherever they come from."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime.clock import SystemClock
from native_runtime.workers import code_watch, native_watch
from native_runtime.workers.code_watch import CodeWatch
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class House:
    """A folder of source code that is followed, and what is told of it."""

    def __init__(self, folder: Path) -> None:
        self.code = folder / "app"
        self.data = self.code / "data"
        self.data.mkdir(parents=True)
        (self.code / "jobs.py").write_text("A = 1\n")
        self.told: list[Sequence[Path]] = []
        self.watch = CodeWatch(besides=self.data, changed=self.told.append, clock=SystemClock())

    def hears(self, *files: Path) -> None:
        """The next news is of these."""
        count = len(self.told) + 1
        wait_until(lambda: len(self.told) >= count)
        assert self.told[count - 1] == list(files)


def put(file: Path, text: str) -> None:
    """Save it whole: one that is emptied and then written is two new contents to whoever looks in between."""
    draft = file.with_name("draft")
    draft.write_text(text)
    draft.replace(file)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.watch.stop()
    house.watch.stop()


def test_only_source_whose_content_is_another_counts_as_new_code(house: House) -> None:
    code = house.code
    (code / "__pycache__").mkdir()
    house.watch.follow([code])
    wait_until(lambda: house.watch._watches)
    (code / "__pycache__" / "jobs.cpython-311.pyc").write_bytes(b"x")
    (code / "__pycache__" / "jobs.py").write_text("A = 1\n")
    (code / "app.log").write_text("line\n")
    (house.data / "queue.sqlite3").write_bytes(b"x")
    (house.data / "made.py").write_text("B = 1\n")
    (code / ".hidden.py").write_text("B = 1\n")
    put(code / "jobs.py", "A = 1\n")
    put(code / "jobs.py", "A = 2\n")
    house.hears(code / "jobs.py")
    put(code / "new.py", "C = 1\n")
    house.hears(code / "new.py")
    assert len(house.told) == 2


def test_folder_may_be_replaced_as_a_whole(house: House, tmp_path: Path) -> None:
    house.watch.follow([house.code])
    wait_until(lambda: house.watch._watches)
    house.code.rename(tmp_path / "old")
    house.code.mkdir()
    (house.code / "jobs.py").write_text("A = 2\n")
    house.hears(house.code / "jobs.py")
    (house.code / "jobs.py").write_text("A = 3\n")
    house.hears(house.code / "jobs.py")


def test_folder_may_come_later(house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    house.watch.follow([tmp_path / "more"])
    assert "expected a folder" in caplog.text
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "jobs.py").write_text("A = 1\n")
    house.hears(tmp_path / "more" / "jobs.py")


@pytest.mark.skipif(sys.platform == "win32", reason="only an administrator makes links there")
def test_folder_may_be_a_link_and_lead_elsewhere_later(house: House, tmp_path: Path) -> None:
    link, other = tmp_path / "current", tmp_path / "other"
    link.symlink_to(house.code)
    house.watch.follow([link])
    wait_until(lambda: house.watch._watches)
    (house.code / "jobs.py").write_text("A = 2\n")
    house.hears(house.code / "jobs.py")
    other.mkdir()
    (other / "jobs.py").write_text("A = 3\n")
    (tmp_path / "next").symlink_to(other)
    (tmp_path / "next").replace(link)
    house.hears(other / "jobs.py")


def test_change_in_the_moment_in_which_another_folder_is_followed_too_is_told(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "old.py").write_text("A = 1\n")
    house.watch.follow([house.code])
    wait_until(lambda: house.watch._watches)
    put(house.code / "jobs.py", "A = 2\n")
    house.watch.follow([house.code, tmp_path / "more"])
    house.hears(house.code / "jobs.py")
    house.watch.follow([])
    (house.code / "jobs.py").write_text("A = 3\n")
    house.watch.follow([house.code])
    put(house.code / "new.py", "A = 3\n")
    house.hears(house.code / "new.py")


def test_folder_that_the_system_tells_nothing_of_is_looked_at_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_watch, "LOOK", 0.05)
    monkeypatch.setattr(native_watch, "_CHANGES", frozenset())
    house.watch.follow([house.code])
    (house.code / "jobs.py").write_text("A = 2\n")
    house.hears(house.code / "jobs.py")
    facts = (house.code / "jobs.py").stat()
    (house.code / "jobs.py").write_text("A = 3\n")
    os.utime(house.code / "jobs.py", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    house.hears(house.code / "jobs.py")
