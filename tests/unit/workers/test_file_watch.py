"""Each new content of a file is told once, whatever an editor does to the file; nothing else is."""

from __future__ import annotations

import os
import stat
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.clock import SystemClock
from native_runtime.workers import native_watch
from native_runtime.workers.code_watch import CodeWatch
from native_runtime.workers.file_watch import FileWatch
from native_runtime.workers.native_watch import NativeWatch
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Reader:
    """A watch on a file, and what it has told."""

    def __init__(self, path: Path, *, known: bytes | None = b"first") -> None:
        self.told: list[bytes] = []
        self.watch = FileWatch(
            path, known=known, changed=self.told.append, clock=SystemClock(), debounce=0.05
        )

    def hears(self, *contents: bytes) -> None:
        wait_until(lambda: len(self.told) >= len(contents))
        assert self.told == list(contents)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "workers.toml"
    path.write_bytes(b"first")
    return path


@pytest.fixture
def reader(file: Path) -> Iterator[Reader]:
    made = Reader(file)
    made.watch.start()
    made.watch.start()
    yield made
    made.watch.stop()
    made.watch.stop()


def test_content_is_told_once_however_often_it_is_saved(file: Path, reader: Reader) -> None:
    file.write_bytes(b"second")
    reader.hears(b"second")
    file.write_bytes(b"second")
    os.utime(file)
    file.write_bytes(b"third")
    reader.hears(b"second", b"third")


def test_file_that_is_put_in_place_of_it_is_read(file: Path, reader: Reader) -> None:
    draft = file.with_name(".workers.toml.swp")
    draft.write_bytes(b"second")
    draft.replace(file)
    reader.hears(b"second")


def test_file_may_vanish_and_return(file: Path, reader: Reader) -> None:
    file.unlink()
    file.write_bytes(b"first")
    file.unlink()
    file.write_bytes(b"second")
    reader.hears(b"second")


def test_empty_file_is_taken_for_one_that_is_being_written(file: Path, reader: Reader) -> None:
    file.write_bytes(b"")
    assert not reader.watch.look()
    file.write_bytes(b"first")
    assert not reader.watch.look()
    assert reader.told == []


def test_edit_from_before_the_start_is_found(file: Path) -> None:
    late = Reader(file, known=b"zeroth")
    late.watch.start()
    late.hears(b"first")
    late.watch.stop()


def test_folder_may_be_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "settings"
    folder.mkdir()
    (folder / "workers.toml").write_bytes(b"first")
    reader = Reader(folder / "workers.toml")
    reader.watch.start()
    folder.rename(tmp_path / "old")
    folder.mkdir()
    (folder / "workers.toml").write_bytes(b"second")
    reader.hears(b"second")
    (folder / "workers.toml").write_bytes(b"third")
    reader.hears(b"second", b"third")
    reader.watch.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="only an administrator makes links there")
def test_file_behind_a_link_is_followed_and_so_is_another_link(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "real.toml").write_bytes(b"first")
    link = tmp_path / "workers.toml"
    link.symlink_to(tmp_path / "a" / "real.toml")
    reader = Reader(link)
    reader.watch.start()
    (tmp_path / "a" / "real.toml").write_bytes(b"second")
    reader.hears(b"second")
    (tmp_path / "b" / "real.toml").write_bytes(b"third")
    link.unlink()
    link.symlink_to(tmp_path / "b" / "real.toml")
    reader.hears(b"second", b"third")
    reader.watch.stop()


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="nothing is hidden from root",
)
def test_file_that_may_not_be_read_is_left_alone_until_it_may(file: Path, reader: Reader) -> None:
    file.chmod(0)
    assert not reader.watch.look()
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    file.write_bytes(b"second")
    reader.hears(b"second")


def test_listener_that_fails_hears_the_next_content(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: list[bytes] = []

    def changed(content: bytes) -> None:
        told.append(content)
        if content == b"second":
            raise ValueError("no")

    watch = FileWatch(file, known=b"first", changed=changed, clock=SystemClock(), debounce=0.05)
    watch.start()
    file.write_bytes(b"second")
    wait_until(lambda: told == [b"second"])
    file.write_bytes(b"third")
    wait_until(lambda: told == [b"second", b"third"])
    watch.stop()
    assert "could not be followed" in caplog.text


def test_folder_is_looked_at_where_the_system_cannot_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none_left() -> object:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(native_watch, "_native_observer", none_left)
    monkeypatch.setattr(native_watch, "POLLING", 0.05)
    heard = threading.Event()
    watch = NativeWatch(tmp_path, heard=lambda _path: heard.set())
    watch.start()
    assert watch.is_polling
    (tmp_path / "new").touch()
    assert heard.wait(60)
    watch.stop()
    assert "looking every second" in caplog.text


def test_folder_on_a_network_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_watch, "is_on_network", lambda _folder: True)
    watch = NativeWatch(tmp_path, heard=lambda _path: None)
    watch.start()
    assert watch.is_polling
    watch.stop()


def test_local_folder_is_not_taken_for_one_on_a_network(tmp_path: Path) -> None:
    assert not native_watch.is_on_network(tmp_path)


def test_folder_that_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        NativeWatch(tmp_path / "none", heard=lambda _path: None).start()


def test_only_source_whose_content_is_another_counts_as_new_code(tmp_path: Path) -> None:
    code, data = tmp_path / "app", tmp_path / "app" / "data"
    (code / "__pycache__").mkdir(parents=True)
    data.mkdir()
    (code / "jobs.py").write_text("A = 1\n")
    told: list[Sequence[Path]] = []
    watch = CodeWatch([code], besides=data, changed=told.append)
    watch.start()
    (code / "__pycache__" / "jobs.cpython-311.pyc").write_bytes(b"x")
    (code / "app.log").write_text("line\n")
    (data / "queue.sqlite3").write_bytes(b"x")
    (data / "made.py").write_text("B = 1\n")
    (code / ".hidden.py").write_text("B = 1\n")
    (code / "jobs.py").write_text("A = 1\n")
    (code / "jobs.py").write_text("A = 2\n")
    wait_until(lambda: told)
    (code / "new.py").write_text("C = 1\n")
    wait_until(lambda: len(told) == 2)
    watch.stop()
    assert told == [[code / "jobs.py"], [code / "new.py"]]
