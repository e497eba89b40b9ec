"""Rings reach as many idle workers as there are jobs, and none is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.job import NewJob
from native_runtime.queue.options import WorkOptions
from native_runtime.workers.doorbell import MOST_RINGS, Doorbell, rings
from native_runtime.workers.roster import Member, Roster

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_800_000_000.0


class Street:
    """Workers on a roster, and the rings they heard."""

    def __init__(self) -> None:
        self.roster = Roster()
        self.heard: list[str] = []
        self.doorbell = Doorbell(roster=self.roster, send=self._send)

    def add(self, child: str, *queues: str, is_idle: bool = True) -> Member:
        member = Member(child, 1, WorkOptions(queues=queues or ("default",)), f"{child}@1.0", child, is_idle)
        self.roster.join(member)
        return member

    def _send(self, member: Member, message: Mapping[str, object]) -> bool:
        assert message == {"op": "ring"}
        self.heard.append(member.child)
        return True


@pytest.fixture
def street() -> Street:
    return Street()


def test_one_job_wakes_one_worker(street: Street) -> None:
    street.add("a")
    street.add("b")
    street.doorbell.ring(["default"])
    assert street.heard == ["a"]


def test_many_jobs_wake_each_idle_worker_once(street: Street) -> None:
    street.add("a")
    street.add("b")
    street.add("c", is_idle=False)
    street.doorbell.ring(["default"] * 10)
    assert street.heard == ["a", "b"]


def test_jobs_of_two_dispatches_in_a_row_wake_different_workers(street: Street) -> None:
    street.add("a")
    street.add("b")
    street.doorbell.ring(["default"])
    street.doorbell.ring(["default"])
    street.doorbell.ring(["default"])
    assert street.heard == ["a", "b", "a"]


def test_only_workers_that_serve_the_queue_are_rung(street: Street) -> None:
    street.add("a", "mail")
    street.add("b", "images", "api")
    street.doorbell.ring(["api", "mail", "unknown"])
    assert street.heard == ["b", "a"]


def test_ring_that_nobody_heard_is_given_to_the_next_worker_that_comes_idle(street: Street) -> None:
    street.doorbell.ring(["default"])
    street.doorbell.came_idle(street.add("other", "mail"))
    assert street.heard == []
    street.doorbell.came_idle(street.add("a"))
    street.doorbell.came_idle(street.add("b"))
    assert street.heard == ["a"]


def test_rings_that_nobody_heard_are_given_one_by_one_to_those_who_come_idle(street: Street) -> None:
    workers = [street.add(name, is_idle=False) for name in "abcd"]
    street.doorbell.ring(["default"] * 10)
    for worker in workers:
        street.doorbell.came_idle(worker)
    assert street.heard == ["a", "b", "c", "d"]
    for worker in workers:
        street.doorbell.came_idle(worker)
    assert street.heard == ["a", "b", "c", "d"]  # no more than there are workers were kept


def test_queues_that_open_again_are_rung_for_as_often_as_jobs_wait_in_them() -> None:
    driver = MemoryDriver()
    jobs = [NewJob(name="n", queue=queue) for queue in ("images", "images", "mail")]
    driver.push([*jobs, NewJob(name="n", queue="images", available_at=NOW + 9)], now=NOW)
    driver.push([NewJob(name="n", queue="bulk")] * (MOST_RINGS + 1), now=NOW)
    counts = driver.counts(now=NOW)
    assert rings(counts, ["images"]) == ["images"] * 3
    assert rings(counts, ["mail", "unknown"]) == ["mail"]
    assert rings(counts, ["bulk"]) == ["bulk"] * MOST_RINGS


def test_roster_ignores_what_an_earlier_run_of_the_same_name_says(street: Street) -> None:
    street.add("a", is_idle=False)
    assert street.roster.note("a", 2, is_idle=True) is None
    street.roster.leave("a", 2)
    assert street.roster.has("a", 1)
    assert street.roster.idle() == []


def test_of_many_missed_rings_as_many_are_kept_as_a_queue_has_workers(street: Street) -> None:
    busy = [street.add(child, "images", "default", is_idle=False) for child in ("a", "b")]
    street.doorbell.ring(["default", "images"] * 5)
    for _ in range(4):
        for member in busy:
            street.doorbell.came_idle(member)
    assert street.heard == ["a", "b", "a", "b"]
