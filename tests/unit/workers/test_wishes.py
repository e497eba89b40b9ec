"""What is wanted may be read by any thread while it changes."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import UnknownNameError
from native_runtime.workers.config import Config, WorkerConfig
from native_runtime.workers.folders import Folders
from native_runtime.workers.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = Config(workers={"a": WorkerConfig(name="a")})
TWO = Config(workers={"a": WorkerConfig(name="a"), "b": WorkerConfig(name="b")})
FLIPS = 2000


@contextmanager
def threads_that_take_turns_very_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_who_reads_while_a_worker_comes_and_goes_sees_all_of_it_or_nothing(tmp_path: Path) -> None:
    wishes = Wishes(ONE, folders=Folders(tmp_path), import_path=[])
    over, wrong = threading.Event(), []

    def read() -> None:
        while not over.is_set():
            try:
                names = list(wishes.all_specs())
            except KeyError as error:
                wrong.append(f"a worker without a section: {error}")
                return
            if names not in (["a:1"], ["a:1", "b:1"]):
                wrong.append(str(names))

    reader = threading.Thread(target=read)
    with threads_that_take_turns_very_often():
        reader.start()
        for _ in range(FLIPS):
            wishes.go_over_to(TWO)
            wishes.go_over_to(ONE)
        over.set()
        reader.join()
    assert wrong == []


def test_worker_that_is_not_in_the_file_is_told_by_the_known_ones(tmp_path: Path) -> None:
    wishes = Wishes(TWO, folders=Folders(tmp_path), import_path=[])
    with pytest.raises(UnknownNameError, match="no worker is named 'c'; known: a, b"):
        wishes.of("c")
