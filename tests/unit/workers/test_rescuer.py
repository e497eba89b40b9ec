"""What a dead worker held runs again at once, or ends as its exit says; strangers' jobs are found too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime.errors import StoreError
from native_runtime.processes.exit_status import ExitReason
from native_runtime.queue.birth import birth_of, own_birth
from native_runtime.queue.driver import Ack
from native_runtime.queue.events import JobEvent, JobFailed, JobQueued, JobRetrying
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from native_runtime.testing import FakeClock
from native_runtime.workers.rescuer import FAILURES
from native_runtime.workers.worker_id import WorkerId
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from native_runtime.queue.job import Job
    from tests.support.workers_house import WorkersHouse

JOB = NewJob(id="a1", name="app.work", queue="images", cause=("event X",))
DETAIL = "its worker images:1 ended in the middle of it: SIGSEGV"


@pytest.fixture
def running(house: WorkersHouse) -> WorkersHouse:
    """The house with its fleet started and every worker ready."""
    house.fleet.start()
    for child in ("images:1", "images:2", "api:1"):
        house.ready(child)
    return house


@pytest.fixture
def dead_pid() -> int:
    """Of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def stored(house: WorkersHouse, job_id: str = "a1") -> Job:
    job = house.driver.find(job_id)
    assert job is not None
    return job


def test_every_way_to_exit_means_something_for_the_job() -> None:
    assert set(FAILURES) == set(ExitReason)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (ExitReason.MEMORY_LIMIT, "oom"),
        (ExitReason.OOM_KILLED, "oom"),
        (ExitReason.TIMEOUT, "timeout"),
        (ExitReason.CRASHED, "crashed"),
        (ExitReason.UNHEALTHY, "crashed"),
        (ExitReason.CLEAN, "crashed"),
    ],
)
def test_job_of_a_dead_worker_is_tried_again_and_the_attempt_counts(
    running: WorkersHouse, reason: ExitReason, outcome: str
) -> None:
    running.works_on("images:1", running.claim("images:1", JOB))
    report = running.dies("images:1", reason)
    assert report == {"id": "a1", "name": "app.work", "attempt": 1}
    job = stored(running)
    assert (job.state, job.attempts, job.error) == (JobState.DELAYED, 1, DETAIL)
    told = running.heard.wait_for(JobRetrying)
    assert (told.outcome, told.attempt, told.worker, told.delay) == (outcome, 1, "images:1", 3.0)
    assert told.cause.trail == ("event X", "job app.work")


def test_last_try_of_a_poison_job_ends_it_with_the_outcome_of_the_exit(running: WorkersHouse) -> None:
    poison = NewJob(id="a1", name="app.work", queue="api")  # the worker `api` allows one try
    running.works_on("api:1", running.claim("api:1", poison))
    running.dies("api:1", ExitReason.OOM_KILLED, "killed")
    assert stored(running).state is JobState.OOM
    told = running.heard.wait_for(JobFailed)
    assert told.outcome == "oom"
    assert told.error == "its worker api:1 ended in the middle of it: killed"


@pytest.mark.parametrize("reason", [ExitReason.STOPPED, ExitReason.RECYCLED])
def test_worker_that_was_asked_to_leave_gives_the_attempt_back(
    running: WorkersHouse, reason: ExitReason
) -> None:
    running.works_on("images:1", running.claim("images:1", JOB))
    running.dies("images:1", reason)
    job = stored(running)
    assert (job.state, job.attempts) == (JobState.READY, 0)
    assert running.heard.all(JobEvent) == []


def test_job_that_had_not_started_counts_no_attempt(running: WorkersHouse) -> None:
    earlier = NewJob(id="earlier", name="app.work", queue="images")
    running.works_on("images:1", running.claim("images:1", earlier))
    running.claim("images:1", JOB)
    running.dies("images:1")
    assert stored(running, "earlier").attempts == 1
    job = stored(running)
    assert (job.state, job.attempts) == (JobState.READY, 0)


def test_death_of_a_worker_between_two_jobs_names_no_job_in_its_report(running: WorkersHouse) -> None:
    assert running.dies("images:1") is None


def test_released_job_wakes_another_worker(running: WorkersHouse) -> None:
    running.says("images:2", ev="idle")
    running.claim("images:1", JOB)
    running.dies("images:1")
    running.says("api:1", ev="dispatched", queues=[], jobs=[{**_wire("last")}])
    running.heard.wait_for(JobQueued, job_id="last")
    assert running.supervisor.sent == [("images:2", {"op": "ring"})]


def test_what_the_worker_said_before_it_died_is_published_before_the_rescue(running: WorkersHouse) -> None:
    running.works_on("images:1", running.claim("images:1", JOB))
    job = {"id": "a1", "name": "app.work", "queue": "images", "cause": []}
    running.says("images:1", ev="started", job=job, attempt=1)
    running.dies("images:1")
    running.heard.wait_for(JobRetrying)
    assert [event.type for event in running.heard.all(JobEvent)] == ["JobStarted", "JobRetrying"]


def test_jobs_of_other_workers_are_not_touched(running: WorkersHouse) -> None:
    running.works_on("images:2", running.claim("images:2", JOB))
    running.dies("images:1")
    assert stored(running).state is JobState.RUNNING


def test_handler_of_a_job_that_failed_for_good_is_queued_and_told(running: WorkersHouse) -> None:
    meta = (
        b'{"on_failure": {"job": "app.tell", "queue": null, "parameter": "failed", "tries": 1,'
        b' "backoff": null, "timeout": null}}'
    )
    job = NewJob(id="a1", name="app.work", queue="api", meta=meta)
    running.works_on("api:1", running.claim("api:1", job))
    running.dies("api:1")
    queued = running.heard.wait_for(JobQueued)
    assert (queued.job, queued.queue) == ("app.tell", "api")
    assert stored(running, queued.job_id).state is JobState.READY


def test_job_of_a_worker_of_an_earlier_run_is_put_back_at_the_start(
    house: WorkersHouse, dead_pid: int
) -> None:
    claim = house.claim("images:1", JOB, pid=dead_pid)
    house.works_on("images:1", claim, pid=dead_pid)
    house.fleet.start()
    job = stored(house)
    assert (job.state, job.attempts) == (JobState.DELAYED, 1)
    told = house.heard.wait_for(JobRetrying)
    assert told.outcome == "lost"
    assert told.error == "its worker vanished and could not be asked"


def test_claim_that_an_earlier_run_had_not_started_counts_no_attempt(
    house: WorkersHouse, dead_pid: int
) -> None:
    done = house.claim("images:1", NewJob(id="done", name="app.work", queue="other"), pid=dead_pid)
    house.works_on("images:1", done, pid=dead_pid)
    house.claim("images:1", JOB, pid=dead_pid)
    house.fleet.start()
    assert (stored(house).state, stored(house).attempts) == (JobState.READY, 0)


def test_claims_of_living_workers_and_of_unknown_owners_are_left_alone(house: WorkersHouse) -> None:
    now = house.clock.epoch()
    jobs = [NewJob(id=f"a{n}", name="app.work", queue="q") for n in range(2)]
    house.driver.push(jobs, now=now)
    alive = f"terminal@{os.getpid()}.{int(time.time() * 1000):x}"
    for worker in (alive, "somebody else"):
        house.driver.claim(["q"], worker=worker, limit=1, now=now)
    house.fleet.start()
    assert {stored(house, job.id).state for job in jobs} == {JobState.RUNNING}


def test_odd_jobs_that_are_stored_hold_up_neither_the_start_nor_the_others(
    house: WorkersHouse, dead_pid: int, caplog: pytest.LogCaptureFixture
) -> None:
    house.claim("x:1", NewJob(id="endless", name="n", queue="a", backoff=(10**400,)), pid=dead_pid)
    house.claim("x:2", NewJob(id="broken", name="n", queue="b", tries=1, meta=b"not JSON"), pid=dead_pid)
    house.claim("x:3", NewJob(id="good", name="n", queue="c", backoff=(0.0,)), pid=dead_pid)
    house.fleet.start()
    states = {job_id: stored(house, job_id).state for job_id in ("endless", "broken", "good")}
    assert states == {"endless": JobState.DELAYED, "broken": JobState.RUNNING, "good": JobState.READY}
    assert "jobs of the vanished worker x:2" in caplog.text


def test_store_that_cannot_be_read_does_not_hold_up_the_start(
    house: WorkersHouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def workers() -> list[str]:
        raise StoreError("queue.sqlite3", "the disk is full", "make room")

    monkeypatch.setattr(house.driver, "workers", workers)
    house.fleet.start()
    assert house.supervisor.alive() == ["images:1", "images:2", "api:1", "server"]
    assert "the disk is full" in caplog.text


def test_worker_id_is_read_back() -> None:
    assert WorkerId.parse("a@b:1@42.3e8") == WorkerId("a@b:1", 42, "3e8")
    assert WorkerId.parse("w:1@42.t1f-0badcafe") == WorkerId("w:1", 42, "t1f-0badcafe")


@pytest.mark.parametrize("text", ["", "w1", "w@1", "w@x.1", "@1.1", "w@1.xyz"])
def test_id_of_another_form_names_nobody(text: str) -> None:
    assert WorkerId.parse(text) is None


def test_process_that_got_a_dead_workers_pid_is_not_taken_for_it() -> None:
    created = psutil.Process().create_time()
    assert WorkerId("w:1", os.getpid(), hex_milliseconds(created + 0.05)).is_alive
    assert not WorkerId("w:1", os.getpid(), hex_milliseconds(created - 60)).is_alive


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process's birth is known by the clock alone")
def test_on_linux_no_change_of_the_clock_makes_a_living_worker_look_dead() -> None:
    born = own_birth(FakeClock())
    assert born.startswith("t")
    assert WorkerId("w:1", os.getpid(), born).is_alive
    assert not WorkerId("w:1", os.getpid(), f"{born}0").is_alive
    assert not WorkerId("w:1", 1, born).is_alive  # a process of another time


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="there are no zombies here")
def test_zombie_counts_as_gone() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # waits, and leaves it unreaped
        assert not WorkerId("w:1", process.pid, hex_milliseconds(time.time())).is_alive
        assert birth_of(process.pid) is None


def hex_milliseconds(epoch: float) -> str:
    return f"{int(epoch * 1000):x}"


def _wire(job_id: str) -> dict[str, object]:
    return {"id": job_id, "job": "app.work", "queue": "images", "cause": []}


def test_job_that_a_worker_began_while_it_was_killed_for_the_one_before_is_not_to_blame(
    running: WorkersHouse,
) -> None:
    slow = running.claim("images:1", NewJob(id="slow", name="app.slow", queue="images"))
    running.works_on("images:1", slow, timeout=10.0)

    def end_it_and_begin_the_next(child: str) -> None:
        running.driver.settle([Ack(job_id=slow.id, token=slow.token)], now=running.clock.epoch())
        running.works_on(child, running.claim(child, JOB))
        running.dies(child, ExitReason.TIMEOUT, "job app.slow ran longer than its timeout of 10 s")

    wait_until(lambda: "images:1" in running.fleet.work.activities())  # it has been heard to be ready
    running.supervisor.on_kill = end_it_and_begin_the_next
    running.supervisor.on_tick()
    running.clock.advance(11.0)
    running.supervisor.on_tick()
    running.clock.advance(2.0)
    running.supervisor.on_tick()
    job = stored(running)
    assert (job.state, job.attempts, job.error) == (JobState.READY, 0, "")
    assert stored(running, "slow").state is JobState.SUCCESS
