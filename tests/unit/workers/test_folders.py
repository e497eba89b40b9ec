"""The data folder is found in one order of precedence, and everything has its place in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import platformdirs
import pytest

from native_runtime.errors import StoreError
from native_runtime.workers.config import RuntimeConfig
from native_runtime.workers.folders import Folders

if TYPE_CHECKING:
    from pathlib import Path


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


def test_folder_that_cannot_be_made_is_told_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"the folder cannot be made.*set data_dir"):
        Folders(tmp_path / "file" / "data").create()
