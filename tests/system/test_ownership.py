"""One owner per data folder, whoever asks and however the owner ends."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from native_runtime.errors import AlreadyRunningError, StoreError
from native_runtime.ownership import Ownership

ROOT = Path(__file__).parents[2]
OWNS = (
    "import pathlib, sys\n"
    "sys.path.insert(0, sys.argv[1])\n"
    "from native_runtime.ownership import Ownership\n"
    "Ownership(pathlib.Path(sys.argv[2])).take()\n"
    "print('ready', flush=True)\n"
    "sys.stdin.read()\n"
)


def test_folder_has_one_owner_until_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNS, str(ROOT), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == "ready\n"
        with pytest.raises(AlreadyRunningError, match=f"pid {owner.pid}") as refused:
            Ownership(tmp_path).take()
        assert refused.value.pid == owner.pid
        owner.kill()
    ours = Ownership(tmp_path)
    ours.take()
    ours.take()
    ours.give_back()
    ours.give_back()


def test_disk_without_room_for_a_pid_is_said_and_leaves_the_folder_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_nothing(_fd: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", write_nothing)
    with pytest.raises(StoreError, match=r"the disk is full.*data_dir") as caught:
        Ownership(tmp_path).take()
    monkeypatch.undo()
    assert caught.value.where == str(tmp_path)
    following = Ownership(tmp_path)
    following.take()
    following.give_back()


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file.data: cannot be opened for writing .*data_dir"):
        Ownership(tmp_path / "file" / "data").take()


def test_owner_whose_pid_cannot_be_read_is_still_an_owner(tmp_path: Path) -> None:
    ours = Ownership(tmp_path)
    ours.take()
    (tmp_path / "runtime.lock").write_bytes(b"\xff?")
    with pytest.raises(AlreadyRunningError) as refused:
        Ownership(tmp_path).take()
    assert refused.value.pid == 0
    ours.give_back()


def test_folder_that_was_given_back_can_be_taken(tmp_path: Path) -> None:
    first, second = Ownership(tmp_path), Ownership(tmp_path)
    first.take()
    first.give_back()
    second.take()
    second.give_back()
