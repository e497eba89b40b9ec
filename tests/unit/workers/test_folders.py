"""The data folder is found in one order of precedence, and everything has its place in it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from native_runtime.errors import ConfigError, StoreError
from native_runtime.workers.config import RuntimeConfig
from native_runtime.workers.folders import Folders
from native_runtime.workers.loader import load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user of whom the system knows nothing, as in many containers."""
    pwd = pytest.importorskip("pwd", reason="Windows knows each of its users")

    def unknown(_number: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)


def test_environment_comes_before_the_file_and_the_file_before_the_users_own(tmp_path: Path) -> None:
    runtime = RuntimeConfig(app="Photo Desk", data_dir=tmp_path / "file")
    environ = {"NATIVE_RUNTIME_DATA_DIR": str(tmp_path / "environment")}
    assert Folders.resolve(runtime, environ=environ).data == tmp_path / "environment"
    assert Folders.resolve(runtime, environ={}).data == tmp_path / "file"
    users = platformdirs.user_data_path("Photo Desk", appauthor=False)
    assert Folders.resolve(RuntimeConfig(app="Photo Desk"), environ={}).data == users


def test_everything_lies_below_the_data_folder(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    assert folders.store == tmp_path / "queue.sqlite3"
    assert folders.logs == tmp_path / "logs"
    assert folders.run == tmp_path / "run"
    assert folders.crashes == tmp_path / "crashes"
    assert folders.endpoint == tmp_path / "endpoint.json"


def test_children_of_any_name_have_scoreboards_of_their_own(tmp_path: Path) -> None:
    names = ["a:1", "a-1", "a/1", "../a", "a%3A1", "ä", "a b"]
    boards = [Folders(tmp_path).scoreboard(name) for name in names]
    assert len(set(boards)) == len(names)
    assert all(board.parent == tmp_path / "run" for board in boards)
    assert all(":" not in board.name for board in boards)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a user's data folder private by itself")
def test_folders_are_made_for_the_user_alone_and_making_them_twice_is_harmless(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "new" / "data")
    folders.create()
    folders.create()
    made = (folders.data, folders.logs, folders.run, folders.crashes)
    assert [folder.stat().st_mode & 0o777 for folder in made] == [0o700] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system answers for a user without a home")
@pytest.mark.usefixtures("nobody")
def test_user_without_a_home_is_asked_for_a_data_folder_and_gets_none_wherever_the_app_was_started() -> None:
    with pytest.raises(StoreError, match="no home folder; set HOME, or NATIVE_RUNTIME_DATA_DIR"):
        Folders.resolve(RuntimeConfig(app="Photo Desk"), environ={})


@pytest.mark.usefixtures("nobody")
def test_user_without_a_home_can_use_a_file_that_names_none(tmp_path: Path) -> None:
    path = tmp_path / "workers.toml"
    path.write_text('[runtime]\ndata_dir = "data"\n')
    config = load(path, environ={})
    assert Folders.resolve(config.runtime, environ={}).data == tmp_path / "data"
    path.write_text('[runtime]\ndata_dir = "~/data"\n')
    with pytest.raises(
        ConfigError, match=r"workers.toml: expected a home folder, for which ~ stands.*set HOME"
    ):
        load(path, environ={})


def test_data_folder_of_somebody_else_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root, who may run this, may write anywhere
    with pytest.raises(StoreError, match=r"may not write to the folder.*set data_dir"):
        Folders(tmp_path).create()


def test_folder_that_cannot_be_made_is_told_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"the folder cannot be made.*set data_dir"):
        Folders(tmp_path / "file" / "data").create()
