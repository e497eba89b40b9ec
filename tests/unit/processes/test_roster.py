from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.roster import RECORD, Roster, read

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there Job Objects do its work")


@pytest.fixture
def roster() -> Iterator[Roster]:
    roster = Roster()
    yield roster
    roster.close()


def test_children_that_are_entered_are_read_until_they_leave(roster: Roster) -> None:
    roster.enter(11, "boot:1")
    roster.enter(12, "boot:2")
    roster.enter(13, "boot:3")
    roster.leave(12)
    roster.leave(12)
    assert read(roster.fd) == {11: "boot:1", 13: "boot:3"}


def test_what_is_known_of_a_child_is_replaced(roster: Roster) -> None:
    roster.enter(11, "a longer identity")
    assert read(roster.fd) == {11: "a longer identity"}
    roster.enter(11, "b")
    assert read(roster.fd) == {11: "b"}


def test_file_does_not_grow_with_the_number_of_restarts(roster: Roster) -> None:
    roster.enter(1, "stays")
    for pid in range(10, 1_000):
        roster.enter(pid, "boot:1")
        roster.leave(pid)
    assert os.fstat(roster.fd).st_size == 2 * RECORD
    assert read(roster.fd) == {1: "stays"}


def test_empty_roster_is_read_as_nobody(roster: Roster) -> None:
    assert read(roster.fd) == {}


def test_records_do_not_cross_pages_so_that_a_kill_tears_none() -> None:
    assert os.sysconf("SC_PAGE_SIZE") % RECORD == 0
