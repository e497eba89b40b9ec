from __future__ import annotations

import errno
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from native_runtime.queue.scoreboard import (
    SIZE,
    FinishedJob,
    Scoreboard,
    ScoreboardReading,
    read,
    read_finished,
)

if TYPE_CHECKING:
    from pathlib import Path

BUSY = ScoreboardReading(
    pid=2**31,
    state="busy",
    attempt=3,
    token=1_800_000_000_000,
    started=12.5,
    timeout=60.0,
    worker="images:1@4711.19c0ffee",
    job_id="thumb:42",
    job="app.jobs.thümbnail",
)


def test_a_note_is_read_back_by_another(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    Scoreboard.create(path)
    board = Scoreboard.open(path)
    for note in (BUSY, replace(BUSY, state="idle", job_id=""), replace(BUSY, attempt=4)):
        board.note(note)
        assert read(path) == note
    assert BUSY.is_busy


def test_a_board_without_a_note_says_the_worker_is_starting(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    Scoreboard.open(path)
    assert read(path) == ScoreboardReading()


def test_a_new_worker_begins_with_an_empty_board(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    Scoreboard.open(path).note(BUSY)
    Scoreboard.open(path)
    assert read(path) == ScoreboardReading()


@pytest.mark.skipif(sys.platform == "win32", reason="there a file gets its blocks when its size is set")
@pytest.mark.parametrize("before", [None, 0, 100, SIZE, 3 * SIZE], ids=str)
def test_board_has_all_its_blocks_before_it_is_mapped(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "w.board"
    if before is not None:
        path.touch()
        os.truncate(path, before)
    Scoreboard.open(path)
    assert path.stat().st_blocks * 512 >= path.stat().st_size == SIZE
    assert read(path) == ScoreboardReading()


def test_disk_without_room_for_a_board_is_an_error_and_nothing_is_left_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [5000]
    write = os.write

    def write_some(descriptor: int, data: memoryview) -> int:
        written = write(descriptor, data[: room[0]])
        room[0] -= written
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written

    monkeypatch.setattr(os, "write", write_some)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        Scoreboard.open(tmp_path / "w.board")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_board_reads_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    assert read(path) is None
    for content in (b"", b"short", bytes(SIZE)):
        path.write_bytes(content)
        assert read(path) is None


def test_a_long_name_is_cut_between_characters(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    Scoreboard.open(path).note(replace(BUSY, job="ü" * 300))
    reading = read(path)
    assert reading is not None
    assert reading.job == "ü" * 128


def test_a_worker_killed_in_the_middle_of_a_note_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    board = Scoreboard.open(path)
    board.note(BUSY)
    board._page[64:400] = b"\xff" * 336  # the slot of the next note, half written
    assert read(path) == BUSY


def test_a_reader_never_sees_half_a_note(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    board = Scoreboard.open(path)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            board.note(replace(BUSY, token=number, job_id=str(number), job=str(number)))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(300):
            reading = read(path)
            if reading is not None and reading.token:
                assert str(reading.token) == reading.job_id == reading.job
    finally:
        stop.set()
        writer.join()


def test_finished_jobs_are_listed_until_they_are_settled(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    board = Scoreboard.open(path)
    assert board.finished("j1", 7, None, 0.25)
    assert board.finished("thumb:ü", 2**62, b'{"a":1}', 1.5)
    assert board.finished("j3", 7, b"", 0.0)
    assert read_finished(path) == {
        ("j1", 7): FinishedJob(None, 0.25),
        ("thumb:ü", 2**62): FinishedJob(b'{"a":1}', 1.5),
        ("j3", 7): FinishedJob(b"", 0.0),
    }
    board.settled()
    assert read_finished(path) == {}
    assert board.finished("j4", 8, None, 0.0)
    assert list(read_finished(path)) == [("j4", 8)]


def test_a_full_list_takes_no_more_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    board = Scoreboard.open(path)
    taken = 0
    while board.finished(f"j{taken}", taken, b"x" * 100, 0.0):
        taken += 1
    assert taken >= 100
    assert not board.finished("large", 1, bytes(SIZE), 0.0)
    assert list(read_finished(path)) == [(f"j{number}", number) for number in range(taken)]


def test_a_board_that_is_not_there_lists_nothing(tmp_path: Path) -> None:
    assert read_finished(tmp_path / "none") == {}
    (tmp_path / "short").write_bytes(b"NRboard2")
    assert read_finished(tmp_path / "short") == {}


def test_a_page_that_a_power_cut_left_torn_is_believed_up_to_the_tear(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    board = Scoreboard.open(path)
    for number in range(300):
        board.finished(f"j{number}", number, b'"x"', 0.0)
    page = path.read_bytes()
    for torn in (bytes(SIZE - 4096), b"\xff" * (SIZE - 4096), page[4099:] + b"abc"):
        other = tmp_path / "torn.board"  # the first is mapped, which keeps it from being cut on Windows
        other.write_bytes(page[:4096] + torn)
        whole = read_finished(other)
        assert 30 < len(whole) < 300
        assert all(job == FinishedJob(b'"x"', 0.0) for job in whole.values())


def test_the_longest_ids_are_read_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "w.board"
    Scoreboard.open(path).note(
        replace(BUSY, job_id=f"{'i' * 128}:failed:{2**63}", worker=f"{'w' * 200}@1.t1-2")
    )
    reading = read(path)
    assert reading is not None
    assert (len(reading.job_id), len(reading.worker)) == (128 + 8 + 19, 200 + 7)
