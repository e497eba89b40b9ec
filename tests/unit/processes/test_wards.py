from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.wards import RECORD, Wards, read

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there Job Objects do its work")


@pytest.fixture
def wards() -> Iterator[Wards]:
    wards = Wards()
    yield wards
    wards.close()


def test_children_that_are_entered_are_read_until_they_leave(wards: Wards) -> None:
    wards.enter(11, "boot:1")
    wards.enter(12, "boot:2")
    wards.enter(13, "boot:3")
    wards.leave(12)
    wards.leave(12)
    assert read(wards.fd) == {11: "boot:1", 13: "boot:3"}


def test_what_is_known_of_a_child_is_replaced(wards: Wards) -> None:
    wards.enter(11, "a longer identity")
    assert read(wards.fd) == {11: "a longer identity"}
    wards.enter(11, "b")
    assert read(wards.fd) == {11: "b"}


def test_file_does_not_grow_with_the_number_of_restarts(wards: Wards) -> None:
    wards.enter(1, "stays")
    for pid in range(10, 1_000):
        wards.enter(pid, "boot:1")
        wards.leave(pid)
    assert os.fstat(wards.fd).st_size == 2 * RECORD
    assert read(wards.fd) == {1: "stays"}


def test_no_wards_is_read_as_nobody(wards: Wards) -> None:
    assert read(wards.fd) == {}


def test_records_do_not_cross_pages_so_that_a_kill_tears_none() -> None:
    assert os.sysconf("SC_PAGE_SIZE") % RECORD == 0
