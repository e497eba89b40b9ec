"""The app edits workers.toml while a person's editor saves it: the file is whole at every look."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from native_runtime import ConfigConflictError, ConfigFile
from native_runtime.workers import editing

EDITS = 200
TEXT = "# Kept at the top.\n[workers.default]\nmemory = 64 # kept beside\n\n# kept between\n[workers.mail]\ntries = 1\n"
COMMENTS = ("# Kept at the top.", "# kept beside", "# kept between")


@contextmanager
def going_on(turn: Iterator[object]) -> Iterator[None]:
    """Takes turn after turn on a thread of its own; what goes wrong there is raised at the end."""
    over, wrong = threading.Event(), []

    def run() -> None:
        try:
            while not over.is_set():
                next(turn)
        except Exception as error:  # noqa: BLE001 - raised again below
            wrong.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if wrong:
        raise wrong[0]


def saves_by_rename(path: Path) -> Iterator[int]:
    """A person's editor: reads, changes another key, writes a new file and renames it."""
    turn = 0
    while True:
        turn += 1
        head, _, _ = path.read_text().partition("tries = ")
        draft = path.with_name("draft")
        draft.write_text(f"{head}tries = {turn}\n")
        draft.replace(path)
        yield turn


def looks(path: Path) -> Iterator[dict[str, object]]:
    """Whoever reads the file; it must always be whole."""
    while True:
        text = path.read_text()
        assert [comment for comment in COMMENTS if comment not in text] == []
        yield tomllib.loads(text)


def test_a_file_that_two_edit_at_once_is_never_torn_and_keeps_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "workers.toml"
    path.write_text(TEXT)
    ended: Counter[str] = Counter()
    with going_on(looks(path)), going_on(saves_by_rename(path)):
        for turn in range(EDITS):
            try:
                ConfigFile(path).set("workers.default.memory", 100 + turn)
                ended["done"] += 1
            except ConfigConflictError:
                ended["refused"] += 1  # the person's older text came back, or they were always faster
    next(looks(path))
    assert ended.total() == EDITS
    assert ended["done"] > 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["workers.toml"]
    print(f"{ended.total()} edits: {dict(ended)}")


def test_two_threads_of_the_app_lose_none_of_their_edits(tmp_path: Path) -> None:
    path = tmp_path / "workers.toml"
    path.write_text(TEXT)

    def edits() -> Iterator[str]:
        turn = 0
        while True:
            turn += 1
            yield ConfigFile(path).set("workers.mail.tries", turn)

    with going_on(edits()):
        for turn in range(EDITS // 2):
            ConfigFile(path).set("workers.default.memory", 100 + turn)
            assert tomllib.loads(path.read_text())["workers"]["default"]["memory"] == 100 + turn


EDITS_AGAIN_AND_AGAIN = """
import sys, tomllib
from pathlib import Path
from native_runtime import ConfigFile
path, worker = Path(sys.argv[1]), sys.argv[2]
for number in range(100, 200):
    ConfigFile(path).set(f"workers.{worker}.memory", number)
    assert tomllib.loads(path.read_text())["workers"][worker]["memory"] == number
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_two_processes_lose_none_of_their_edits(tmp_path: Path) -> None:
    path = tmp_path / "workers.toml"
    path.write_text(TEXT)
    command = [sys.executable, "-c", EDITS_AGAIN_AND_AGAIN, str(path)]
    both = [
        subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in ("default", "mail")
    ]
    assert [process.communicate(timeout=60)[1] for process in both] == ["", ""]
    assert path.read_text().count("memory = 199") == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["workers.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked there")
def test_somebody_who_holds_the_folder_for_ever_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl  # not on Windows

    monkeypatch.setattr(editing, "_TRIES", 3)
    path = tmp_path / "workers.toml"
    path.write_text(TEXT)
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    ConfigFile(path).set("workers.default.memory", 96)
    os.close(folder)
    assert "memory = 96 # kept beside" in path.read_text()
