"""What a worker counts on its board is read by others while it goes on, and adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.queue.scoreboard import SIZE, Scoreboard, ScoreboardReading, look, read, read_finished
from native_runtime.queue.tally import BOUNDS, Durations, Tally

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.queue.tally import Marks


def counted(path: Path) -> Tally:
    _, tally = look(path)
    assert tally is not None
    return tally


def filled(marks: Marks, *durations: float) -> None:
    for seconds in durations:
        marks.add(seconds)


def test_attempts_are_counted_by_how_they_ended_and_how_long_they_took(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    board = Scoreboard.open(path)
    filled(board.succeeded, 0.0, 0.5, 0.75)
    filled(board.failed, 4000.0)
    tally = counted(path)
    assert (tally.succeeded.total, tally.succeeded.seconds) == (3, 1.25)
    assert (tally.failed.total, tally.failed.seconds) == (1, 4000.0)
    places = {BOUNDS.index(0.001), BOUNDS.index(0.5), BOUNDS.index(1.0)}
    assert {place for place, count in enumerate(tally.succeeded.counts) if count} == places
    assert tally.failed.counts[-1] == 1


@pytest.mark.parametrize("bound", BOUNDS)
def test_an_attempt_that_took_just_as_long_as_a_bound_is_within_it(tmp_path: Path, bound: float) -> None:
    board = Scoreboard.open(tmp_path / "w.board")
    filled(board.succeeded, bound, bound * 1.001)
    counts = counted(tmp_path / "w.board").succeeded.counts
    place = BOUNDS.index(bound)
    assert counts[place : place + 2] == (1, 1)
    assert Durations().and_one(bound).counts[place] == 1


def test_notes_and_lists_leave_the_counts_alone_and_counts_leave_them(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    board = Scoreboard.open(path)
    taken = 0
    while board.finished(f"j{taken}", taken, b"x" * 100, 0.0):
        taken += 1
    for attempt in range(3):
        board.note(ScoreboardReading(pid=7, state="busy", attempt=attempt, job_id="i" * 300, job="n" * 300))
    filled(board.succeeded, *[0.002] * 300)
    filled(board.failed, 1e9)
    note, tally = look(path)
    assert note == read(path)
    assert note is not None
    assert note.attempt == 2
    assert tally is not None
    assert (tally.succeeded.total, tally.failed.total) == (300, 1)
    assert len(read_finished(path)) == taken


def test_a_board_of_another_format_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    Scoreboard.open(path).succeeded.add(1.0)
    older = path.read_bytes().replace(b"NRboard3", b"NRboard2")
    for content in (older, older[:SIZE], b"NRboard3", bytes(SIZE), b""):
        other = tmp_path / "other.board"
        other.write_bytes(content)
        assert look(other) == (None, None)
        assert read_finished(other) == {}
    assert look(tmp_path / "none") == (None, None)


def test_a_worker_that_takes_over_a_board_begins_at_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    Scoreboard.open(path).failed.add(1.0)
    Scoreboard.open(path)
    assert counted(path) == Tally()


def test_tallies_add_up_place_by_place() -> None:
    one = Tally(Durations().and_one(0.2), Durations().and_one(7.0))
    other = Tally(Durations().and_one(0.2).and_one(0.01))
    both = one + other
    assert (both.succeeded.total, both.failed.total) == (3, 1)
    assert both.succeeded.counts[BOUNDS.index(0.25)] == 2
    assert both.succeeded.seconds == pytest.approx(0.41)
    assert one + Tally() == one
