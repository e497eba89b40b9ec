"""Workers are heard and answered: job events, rings, the watch, timeouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.exit_status import Asked
from native_runtime.processes.spec import ChildSpec
from native_runtime.queue.batch_record import BatchPlan, NewBatch
from native_runtime.queue.events import (
    BatchFinished,
    JobCancelled,
    JobEvent,
    JobFailed,
    JobProgress,
    JobQueued,
    JobRetrying,
    JobStarted,
    JobSucceeded,
)
from native_runtime.queue.job import NewJob
from native_runtime.queue.planned import PlannedJob
from native_runtime.queue.wanted import Wanted, WantedPage, WantedReader
from native_runtime.workers.audience import KINDS

if TYPE_CHECKING:
    from tests.support.workers_house import WorkersHouse

DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy
RING = {"op": "ring"}
JOB = {"id": "a1", "name": "app.work", "queue": "images", "cause": ["job app.work"]}


@pytest.fixture
def running(house: WorkersHouse) -> WorkersHouse:
    """The house with its fleet started and every worker ready and idle."""
    house.fleet.start()
    for child in ("images:1", "images:2", "api:1"):
        house.ready(child)
        house.says(child, ev="idle")
    return house


def settle(house: WorkersHouse) -> None:
    """Wait until everything the workers said so far was acted on."""
    house.says("api:1", ev="started", job={**JOB, "id": "last"}, attempt=1)
    house.heard.wait_for(JobStarted, job_id="last")
    house.says("api:1", ev="idle")


def rings(house: WorkersHouse) -> list[str]:
    return [child for child, message in house.supervisor.sent if message == RING]


def test_jobs_of_the_app_are_published_and_wake_idle_workers(running: WorkersHouse) -> None:
    jobs = [NewJob(id=f"a{n}", name="app.work", queue="images", cause=("event X",)) for n in range(5)]
    running.fleet.jobs_dispatched([(job.id, job) for job in jobs])
    assert running.heard.wait_for(JobQueued, count=5).job_id == "a4"
    assert running.heard.wait_for(JobQueued).cause.trail == ("event X",)
    settle(running)
    assert rings(running) == ["images:1", "images:2"]


def test_busy_workers_are_not_rung(running: WorkersHouse) -> None:
    running.says("images:1", ev="busy")
    running.fleet.ring(["images"])
    settle(running)
    assert rings(running) == ["images:2"]


def test_ring_that_crosses_a_worker_on_its_way_to_idle_is_not_lost(running: WorkersHouse) -> None:
    running.says("api:1", ev="busy")
    running.fleet.ring(["api"])
    running.says("api:1", ev="idle")
    settle(running)
    assert rings(running) == ["api:1"]


def test_worker_that_the_app_started_itself_is_rung_for_the_queues_of_its_flags(
    running: WorkersHouse,
) -> None:
    own = running.fleet.adopt(ChildSpec(name="own", command=("queue:work", "--queue=special")))
    running.supervisor.start(own)
    running.ready("own")
    running.says("own", ev="idle")
    running.fleet.ring(["special"])
    settle(running)
    assert rings(running) == ["own"]


def test_each_message_about_a_job_becomes_its_event(running: WorkersHouse) -> None:
    running.says("images:1", ev="started", job=JOB, attempt=2)
    running.says("images:1", ev="progress", job=JOB, progress=0.5, note="half")
    running.says("images:1", ev="succeeded", job=JOB, attempt=2, runtime=1.5)
    running.says("images:1", ev="retrying", job=JOB, attempt=2, outcome="failed", error="E: x", delay=3.0)
    running.says("images:1", ev="failed", job=JOB, attempt=2, outcome="oom", error="E: x")
    running.says("images:1", ev="cancelled", job=JOB)
    running.heard.wait_for(JobCancelled)
    told = [{key: getattr(event, key) for key in event.__slots__} for event in running.heard.all(JobEvent)]
    assert told == [
        {"worker": "images:1", "attempt": 2},
        {"worker": "images:1", "progress": 0.5, "note": "half"},
        {"worker": "images:1", "attempt": 2, "runtime": 1.5},
        {"worker": "images:1", "attempt": 2, "outcome": "failed", "error": "E: x", "delay": 3.0},
        {"worker": "images:1", "attempt": 2, "outcome": "oom", "error": "E: x"},
        {},
    ]
    kinds = [type(event) for event in running.heard.all(JobEvent)]
    assert kinds == [JobStarted, JobProgress, JobSucceeded, JobRetrying, JobFailed, JobCancelled]
    assert {event.cause.trail for event in running.heard.all(JobEvent)} == {("job app.work",)}
    assert {(event.job_id, event.job, event.queue) for event in running.heard.all(JobEvent)} == {
        ("a1", "app.work", "images")
    }


def test_jobs_that_a_job_dispatched_are_published_and_rung_for(running: WorkersHouse) -> None:
    dispatched = [{"id": "a2", "job": "app.next", "queue": "api", "cause": ["job app.work"]}]
    running.says("images:1", ev="busy")
    running.says("images:1", ev="dispatched", queues=["api"], jobs=dispatched)
    queued = running.heard.wait_for(JobQueued)
    assert (queued.job_id, queued.job, queued.queue) == ("a2", "app.next", "api")
    assert queued.cause.trail == ("job app.work",)
    settle(running)
    assert rings(running) == ["api:1"]


def test_brief_news_tell_how_many_they_stand_for(running: WorkersHouse) -> None:
    job = {"id": "a1", "name": "app.work", "queue": "images", "cause": ["job app.work"]}
    running.says("images:1", ev="started", job=job, attempt=1, skipped=41)
    assert running.heard.wait_for(JobStarted).skipped == 41


def test_message_that_makes_no_sense_does_not_silence_the_others(
    running: WorkersHouse, caplog: pytest.LogCaptureFixture
) -> None:
    running.says("images:1", ev="started")
    running.says("images:1", ev="something new")
    settle(running)
    assert [record.getMessage() for record in caplog.records] == [
        "a message of a worker could not be acted on"
    ]


def test_workers_find_on_a_page_what_somebody_wants_to_hear(running: WorkersHouse) -> None:
    # Told before `on` and `events` return: whoever dispatches then hears of that job.
    wanted = WantedReader(running.folders.wanted).read()
    assert wanted == Wanted(all=frozenset(KINDS))  # the house hears everything


def test_what_an_earlier_run_wanted_is_forgotten(house: WorkersHouse) -> None:
    earlier = WantedPage(house.folders.wanted)
    earlier.write(Wanted(brief=frozenset({"queued"})))
    earlier.close()
    house.fleet.start()
    assert WantedReader(house.folders.wanted).read() == Wanted(all=frozenset(KINDS))


def test_page_that_cannot_be_written_keeps_nobody_from_listening(
    house: WorkersHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house.folders.wanted.mkdir()
    house.fleet.start()
    assert {record.getMessage() for record in caplog.records} == {
        "workers cannot be told which news of jobs somebody wants"
    }
    house.ready("api:1")
    settle(house)


def test_running_jobs_are_read_from_the_scoreboards(running: WorkersHouse) -> None:
    claim = running.claim("images:1", NewJob(id="a1", name="app.work", queue="images"))
    running.works_on("images:1", claim)
    settle(running)
    running.clock.advance(2.5)
    (child, activity), *rest = running.fleet.work.activities().items()
    job = activity.job
    assert job is not None
    assert (child, job.id, job.name, job.attempt, job.seconds) == ("images:1", "a1", "app.work", 1, 2.5)
    assert rest == []


def test_scoreboard_of_an_earlier_run_shows_no_running_job(running: WorkersHouse) -> None:
    claim = running.claim("images:1", NewJob(id="a1", name="app.work", queue="images"))
    running.works_on("images:1", claim, pid=99)
    settle(running)
    assert running.fleet.work.activities() == {}


def test_job_over_its_timeout_is_warned_and_then_its_worker_killed(running: WorkersHouse) -> None:
    claim = running.claim("images:1", NewJob(id="a1", name="app.work", queue="images"))
    running.works_on("images:1", claim, timeout=5.0)
    settle(running)
    running.supervisor.on_tick()
    running.clock.advance(5.0)
    running.supervisor.on_tick()
    assert ("images:1", {"op": "timeout", "job": "a1"}) in running.supervisor.sent
    running.clock.advance(2.0)
    running.supervisor.on_tick()
    killed = ("kill", "images:1", Asked.TIMEOUT, "job app.work ran longer than its timeout of 5 s")
    assert running.supervisor.asked[-1] == killed


def test_the_end_of_a_batch_in_a_worker_is_published_with_what_led_to_it(running: WorkersHouse) -> None:
    counts = {"total": 3, "succeeded": 1, "failed": 1, "cancelled": 1}
    told = {"id": "batch-1", "name": "scan", "status": "failed", **counts, "cause": ["event X"]}
    running.says("images:1", ev="batch", batch=told)
    event = running.heard.wait_for(BatchFinished)
    assert (event.batch_id, event.name, event.status) == ("batch-1", "scan", "failed")
    assert (event.total, event.succeeded, event.failed, event.cancelled) == (3, 1, 1, 1)
    assert event.cause.trail == ("event X", "batch scan")


def test_a_job_that_a_worker_says_is_to_stop_is_cancelled_where_it_runs(running: WorkersHouse) -> None:
    claim = running.claim("images:2", NewJob(id="a1", name="app.work", queue="images"))
    worker = f"images:2@{running.pid_of('images:2')}.18bcfe56800"
    running.says("images:1", ev="cancelling", id="a1", token=claim.token, worker=worker)
    settle(running)
    assert ("images:2", {"op": "cancel", "job": "a1"}) in running.supervisor.sent


def test_a_batch_whose_last_job_dies_with_its_worker_is_told_and_rung_for(running: WorkersHouse) -> None:
    plan = BatchPlan(finally_=PlannedJob(name="app.tidy", args={}, queue="api"))
    jobs = tuple(NewJob(name="app.work", queue="images", tries=1) for _ in range(2))
    running.driver.batches.push(NewBatch(id="b", jobs=jobs, plan=plan), now=running.clock.epoch())
    worker = f"images:1@{running.pid_of('images:1')}.18bcfe56800"
    (claim,) = running.driver.claim(["images"], worker=worker, limit=1, now=running.clock.epoch())
    running.works_on("images:1", claim)
    running.dies("images:1")
    assert running.heard.wait_for(JobFailed).job_id == claim.id
    assert running.heard.wait_for(JobCancelled).job_id != claim.id
    assert running.heard.wait_for(BatchFinished).status == "failed"
    assert running.heard.wait_for(JobQueued).job_id == "b:finally"
    settle(running)
    assert "api:1" in rings(running)


def test_a_cancelled_job_of_a_dead_worker_is_told_once(running: WorkersHouse) -> None:
    claim = running.claim("images:1", NewJob(id="a1", name="app.work", queue="images"))
    running.works_on("images:1", claim)
    running.driver.request_cancel("a1", now=running.clock.epoch())
    running.dies("images:1")
    running.heard.wait_for(JobCancelled)
    settle(running)
    assert [type(event) for event in running.heard.all(JobEvent, job_id="a1")] == [JobCancelled]
