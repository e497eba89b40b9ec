"""What workers have done is added up over the living and the dead, and never falls."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import StoreError
from native_runtime.processes.exit_status import ExitReason
from native_runtime.processes.spec import ChildSpec
from native_runtime.queue.job import NewJob
from native_runtime.queue.scoreboard import Scoreboard
from native_runtime.queue.tally import BOUNDS, Tally
from tests.support.processes import wait_until
from tests.support.workers_house import STARTED, WorkersHouse

if TYPE_CHECKING:
    from pathlib import Path

JOB = NewJob(id="a1", name="app.work", queue="images")


@pytest.fixture
def running(house: WorkersHouse) -> WorkersHouse:
    """The house with its fleet started, and every worker ready."""
    house.fleet.start()
    for child in ("images:1", "images:2", "api:1"):
        begin(house, child)
    return house


def begin(house: WorkersHouse, child: str) -> Scoreboard:
    """A worker opens its scoreboard, and is heard to be ready."""
    board = Scoreboard.open(board_of(house, child))
    house.ready(child)
    wait_until(lambda: child in house.fleet.work.activities())
    return board


def board_of(house: WorkersHouse, child: str) -> Path:
    return house.folders.scoreboard(f"{child}@{house.pid_of(child)}.{STARTED}")


def totals(house: WorkersHouse) -> dict[str, tuple[int, int]]:
    found = house.fleet.work.totals().items()
    return {worker: (tally.succeeded.total, tally.failed.total) for worker, tally in found}


def test_what_a_worker_has_done_is_told_beside_what_it_does(house: WorkersHouse) -> None:
    house.fleet.start()
    board = begin(house, "images:1")
    board.succeeded.add(0.1)
    board.succeeded.add(0.1)
    board.failed.add(0.1)
    activity = house.fleet.work.activities()["images:1"]
    assert (activity.job, activity.done, activity.failed) == (None, 2, 1)
    assert set(house.fleet.work.activities()) == {"images:1"}  # the others have no board yet


def test_the_processes_of_a_worker_are_added_up(house: WorkersHouse) -> None:
    house.fleet.start()
    for child in ("images:1", "images:2", "api:1"):
        begin(house, child).succeeded.add(0.1)
    own = house.fleet.adopt(ChildSpec(name="own", command=("queue:work",)))
    house.supervisor.start(own)
    begin(house, "own").failed.add(0.1)
    assert totals(house) == {"images": (2, 0), "api": (1, 0), "own": (0, 1)}


def test_what_a_dead_worker_did_stays_in_the_total_and_a_fresh_one_adds_to_it(house: WorkersHouse) -> None:
    house.fleet.start()
    begin(house, "images:1").succeeded.add(0.1)
    house.dies("images:1", ExitReason.RECYCLED)
    assert totals(house) == {"images": (1, 0)}
    assert not board_of(house, "images:1").exists()
    house.supervisor.start(house.supervisor.specs["images:1"])
    begin(house, "images:1").succeeded.add(0.1)
    assert totals(house) == {"images": (2, 0)}
    assert house.fleet.work.activities()["images:1"].done == 1  # of its present process


def test_an_attempt_that_took_its_worker_with_it_has_failed_and_its_time_counts(
    running: WorkersHouse,
) -> None:
    running.works_on("images:1", running.claim("images:1", JOB))
    running.clock.advance(7.0)
    running.dies("images:1", ExitReason.TIMEOUT)
    failed = running.fleet.work.totals()["images"].failed
    assert (failed.total, failed.seconds) == (1, 7.0)
    assert failed.counts[BOUNDS.index(10.0)] == 1


@pytest.mark.parametrize("reason", [ExitReason.STOPPED, ExitReason.RECYCLED])
def test_an_attempt_that_was_given_back_has_not_failed(running: WorkersHouse, reason: ExitReason) -> None:
    running.works_on("images:1", running.claim("images:1", JOB))
    running.dies("images:1", reason)
    assert totals(running)["images"] == (0, 0)


def test_a_cancelled_attempt_whose_worker_crashed_has_not_failed(running: WorkersHouse) -> None:
    running.works_on("images:1", running.claim("images:1", JOB))
    running.driver.request_cancel("a1", now=running.clock.epoch())
    running.dies("images:1")
    assert totals(running)["images"] == (0, 0)


def test_a_store_that_fails_loses_no_count(running: WorkersHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def workers() -> list[str]:
        raise StoreError("queue.sqlite3", "the disk is full", "make room")

    Scoreboard.open(board_of(running, "images:1")).succeeded.add(0.1)
    monkeypatch.setattr(running.driver, "workers", workers)
    with pytest.raises(StoreError):
        running.dies("images:1")
    assert totals(running)["images"] == (1, 0)
    assert board_of(running, "images:1").exists()  # the next look settles what it lists


def test_a_board_that_cannot_be_read_for_a_moment_takes_nothing_from_the_total(running: WorkersHouse) -> None:
    board = board_of(running, "images:1")
    Scoreboard.open(board).succeeded.add(0.1)
    assert totals(running)["images"] == (1, 0)
    hidden = board.rename(board.with_suffix(".hidden"))
    assert totals(running)["images"] == (1, 0)
    hidden.rename(board)
    assert totals(running)["images"] == (1, 0)


def test_a_total_never_falls_while_workers_die(running: WorkersHouse) -> None:
    stop = threading.Event()
    seen: list[int] = []

    def look() -> None:
        while not stop.is_set():
            seen.append(running.fleet.work.totals().get("images", Tally()).succeeded.total)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        for _ in range(20):
            Scoreboard.open(board_of(running, "images:1")).succeeded.add(0.1)
            running.dies("images:1", ExitReason.RECYCLED)
            running.supervisor.start(running.supervisor.specs["images:1"])
            begin(running, "images:1")
    finally:
        stop.set()
        looker.join()
    assert seen == sorted(seen)
    assert totals(running)["images"] == (20, 0)
