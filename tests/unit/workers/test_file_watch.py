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
from native_runtime.workers.file_watch import GRAIN, FileWatch, Traits
from native_runtime.workers.native_watch import NativeWatch
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
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


@pytest.mark.skipif(sys.platform == "win32", reason="only an administrator makes links there")
def test_links_that_lead_in_a_circle_are_survived(file: Path, reader: Reader) -> None:
    file.unlink()
    file.symlink_to(file)
    assert not reader.watch.look()
    file.unlink()
    file.write_bytes(b"second")
    reader.hears(b"second")


@pytest.mark.skipif(sys.platform == "win32", reason="only an administrator makes links there")
def test_link_in_a_folder_that_is_a_link_is_followed_at_once(tmp_path: Path) -> None:
    for name in ("dotfiles", "a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "a" / "workers.toml").write_bytes(b"first")
    (tmp_path / "b" / "workers.toml").write_bytes(b"second")
    (tmp_path / "settings").symlink_to(tmp_path / "dotfiles")
    link = tmp_path / "settings" / "workers.toml"
    link.symlink_to(tmp_path / "a" / "workers.toml")
    reader = Reader(link)
    reader.watch.start()
    watched = reader.watch._watches
    wait_until(lambda: set(watched) == {tmp_path / "dotfiles", tmp_path / "a"})
    draft = tmp_path / "dotfiles" / "draft"
    draft.symlink_to(tmp_path / "b" / "workers.toml")
    draft.replace(tmp_path / "dotfiles" / "workers.toml")
    reader.hears(b"second")
    reader.watch.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no mkfifo")
def test_pipe_of_its_name_is_not_waited_for(file: Path, reader: Reader) -> None:
    file.unlink()
    os.mkfifo(file)
    assert not reader.watch.look()
    file.unlink()
    file.write_bytes(b"second")
    reader.hears(b"second")


def test_no_more_is_read_of_a_file_than_may_be_in_it(file: Path) -> None:
    told: list[bytes] = []
    watch = FileWatch(file, known=b"first", changed=told.append, clock=SystemClock(), longest=9)
    with file.open("wb") as enormous:
        enormous.write(b"x")
        enormous.truncate(1 << 40)
    assert watch.look()
    assert told == [b"x" + b"\0" * 8]


def test_change_that_the_files_time_cannot_tell_is_seen_by_the_next_look(file: Path) -> None:
    """As on a disk that tells time by two seconds, in a folder of which the system tells nothing."""
    at = file.stat().st_mtime
    same = Traits.of(file.stat())
    assert same.once_settled(at + GRAIN - 0.1) is None
    assert same.once_settled(at - GRAIN + 0.1) is None  # a server's clock may be ahead
    assert same.once_settled(at + GRAIN + 0.1) == same
    assert same.once_settled(at - GRAIN - 0.1) == same
