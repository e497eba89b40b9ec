"""A worker that an app has started: it listens, tells, and never outlives the app."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from native_runtime.queue import scoreboard
from native_runtime.queue.rescue import rescue
from native_runtime.queue.retry import FailureKind
from native_runtime.queue.wanted import Wanted
from tests.system.queue.conftest import eventually

if TYPE_CHECKING:
    from tests.system.queue.conftest import House

pytestmark = pytest.mark.skipif(os.name == "nt", reason="descriptors of POSIX")
DEADLINE = 60.0


def test_a_worker_says_who_it_is_and_when_it_is_idle(house: House) -> None:
    linked = house.linked("--name=images:1")
    ready = linked.hear("ready")
    assert ready["worker"].startswith(f"images:1@{linked.process.pid}.")
    linked.hear("idle")
    reading = scoreboard.read(house.board)
    assert reading is not None
    assert (reading.state, reading.pid, reading.worker) == ("idle", linked.process.pid, ready["worker"])


def test_a_ring_wakes_an_idle_worker_long_before_its_sleep_is_over(house: House) -> None:
    linked = house.linked("--sleep=3600")
    linked.hear("idle")
    handle = house.job("mark").dispatch("rung")
    linked.say(op="ring")
    assert handle.result(timeout=DEADLINE) is None
    linked.hear("idle", times=2)


def test_a_drain_finishes_the_job_in_hand(house: House) -> None:
    running = house.job("stops_when_asked").dispatch()
    waiting = house.job("mark").dispatch("a")
    linked = house.linked()
    house.trace("running")
    linked.say(op="drain")
    linked.say(op="cancel", job=running.id)  # heard behind the drain: the job is not over before that
    assert linked.process.wait(DEADLINE) == 0
    assert linked.hear("leaving")["reason"] == "drained"
    assert (running.status, waiting.status) == ("success", "ready")


def test_a_drain_ends_an_idle_worker(house: House) -> None:
    linked = house.linked("--sleep=3600")
    linked.hear("idle")
    linked.say(op="drain")
    assert linked.process.wait(DEADLINE) == 0


@pytest.mark.parametrize(("op", "status"), [("cancel", "cancelled"), ("timeout", "timeout")])
def test_a_running_job_is_interrupted_and_the_worker_lives_on(house: House, op: str, status: str) -> None:
    handle = house.job("sleeps").options(tries=1).dispatch(600.0)
    after = house.job("mark").dispatch("after")
    linked = house.linked()
    house.trace("sleeping")
    linked.say(op=op, job="another")
    linked.say(op=op, job=handle.id)
    house.trace("woken")
    assert after.result(timeout=DEADLINE) is None
    assert handle.status == status


def test_a_job_that_asks_sees_a_cancellation_that_came_by_the_store_alone(house: House) -> None:
    handle = house.job("loops_until_cancelled").dispatch()
    house.linked()
    house.trace("looping")
    assert handle.cancel()
    deadline = time.monotonic() + DEADLINE
    while handle.status != "cancelled":
        assert time.monotonic() < deadline


def test_a_worker_tells_what_happens_to_jobs_once_somebody_listens(house: House) -> None:
    linked = house.linked("--sleep=3600")
    linked.hear("idle")
    house.wanted.write(Wanted(all=frozenset({"started", "progress", "succeeded", "failed"})))
    told = house.job("tells").dispatch()
    house.job("refuses").dispatch()
    linked.say(op="ring")
    linked.hear("failed")
    eventually(lambda: linked.heard[-1]["ev"] == "idle")  # the last that there is to say
    about = [each for each in linked.heard if "job" in each]
    assert [each["ev"] for each in about] == ["started", "progress", "succeeded", "started", "failed"]
    assert about[0]["job"]["id"] == told.id
    assert (about[1]["progress"], about[1]["note"]) == (0.5, "half")
    assert about[4]["error"] == "the file ends early"


def test_when_the_app_is_gone_the_worker_is_gone_in_the_middle_of_a_job(house: House) -> None:
    handle = house.job("stuck_in_c").dispatch()
    linked = house.linked()
    house.trace("stuck")
    linked.hang_up()
    assert linked.process.wait(DEADLINE) != 0
    assert handle.status == "running"


def test_the_job_of_a_killed_worker_runs_again_and_its_attempt_has_counted(house: House) -> None:
    handle = house.job("dies_once").options(backoff=0).dispatch()
    waiting = house.job("mark").dispatch("waiting")
    linked = house.linked()
    assert linked.process.wait(DEADLINE) < 0
    reading = scoreboard.read(house.board)
    assert reading is not None
    assert (reading.is_busy, reading.job_id, reading.attempt) == (True, handle.id, 1)
    (worker_id,) = house.driver.workers()
    rescued = rescue(house.driver, worker_id, FailureKind.CRASHED, reading, now=house.queue.clock.epoch())
    assert [each.claim.id for each in rescued.released] == [handle.id]
    house.linked()
    assert handle.result(timeout=DEADLINE) == "alive"
    assert waiting.result(timeout=DEADLINE) is None
    assert house.trace("dies_once") == ["1", "2"]
    assert house.trace("waiting") == ["1"]
