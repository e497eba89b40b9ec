"""What can be done from outside, and that every act carries its origin."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import NoReturn

import httpx
import pytest

from native_runtime.errors import StoreError
from native_runtime.processes.state import ChildState
from native_runtime.queue.batch_record import NewBatch
from native_runtime.queue.driver import Finish
from native_runtime.queue.events import JobCancelled, JobQueued, JobsRemoved, QueuePaused, QueueResumed
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.gateway_house import House, child
from tests.support.recorder import DEADLINE, Recorder


def push(house: House, *job_ids: str) -> None:
    house.driver.push(
        [NewJob(id=each, name="app.jobs.thumbnail", queue="images") for each in job_ids],
        now=house.clock.epoch(),
    )


def fail(house: House, *job_ids: str) -> None:
    push(house, *job_ids)
    now = house.clock.epoch()
    for claim in house.driver.claim(["images"], worker="images:1@1.a", limit=len(job_ids), now=now):
        finish = Finish(job_id=claim.id, token=claim.token, outcome=JobState.CRASHED, error="SIGSEGV")
        house.driver.settle([finish], now=now)


def state_of(house: House, job_id: str) -> JobState | None:
    job = house.driver.find(job_id)
    return None if job is None else job.state


@pytest.mark.parametrize("verb", ["up", "down", "restart"])
def test_workers_are_told_with_the_origin(house: House, client: httpx.Client, verb: str) -> None:
    assert client.post(f"/api/workers/images/{verb}").json() == {"ok": True}
    assert house.fleet.asked == [(verb, "images", "test")]


def test_worker_is_scaled(house: House, client: httpx.Client) -> None:
    response = client.post("/api/workers/images/scale", json={"processes": 5})
    assert response.json() == {"ok": True, "processes": 5}
    assert house.fleet.asked == [("scale", "images", 5, "test")]


def test_worker_is_let_follow_its_jobs_again(house: House, client: httpx.Client) -> None:
    def scaling() -> object:
        return client.get("/api/status").json()["workers"][0]["scaling"]

    client.post("/api/workers/images/scale", json={"processes": 5})
    assert scaling() == "hand"
    assert client.post("/api/workers/images/scale", json={"processes": "auto"}).status_code == 200
    assert house.fleet.asked[-1] == ("scale", "images", "auto", "test")
    assert scaling() == "auto"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{}", b'{"processes": -1}', b'{"processes": "2"}', b'{"processes": 2, "x": 1}']
)
def test_scale_to_nonsense_is_refused_and_changes_nothing(
    house: House, client: httpx.Client, body: bytes
) -> None:
    response = client.post("/api/workers/images/scale", content=body)
    assert response.status_code == 400
    assert "processes" in response.json()["error"]
    assert house.fleet.asked == []


def test_unknown_names_are_answered_with_the_known_ones(client: httpx.Client) -> None:
    worker = client.post("/api/workers/imagse/up")
    process = client.post("/api/processes/apii/stop")
    assert (worker.status_code, process.status_code) == (404, 404)
    assert "images" in worker.json()["error"]
    assert "api" in process.json()["error"]


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_processes_are_told_with_the_origin(house: House, client: httpx.Client, verb: str) -> None:
    assert client.post(f"/api/processes/api/{verb}").status_code == 200
    assert house.supervisor.asked == [(verb, "api", "test")]


def test_start_leaves_a_living_child_alone_and_wakes_a_waiting_one(
    house: House, client: httpx.Client
) -> None:
    client.post("/api/processes/api/start")
    assert house.supervisor.asked == []
    house.supervisor.add(replace(child("api", ChildState.CRASH_LOOPING), pid=None))
    client.post("/api/processes/api/start")
    assert house.supervisor.asked == [("restart", "api", "test")]
    assert client.post("/api/processes/nobody/start").status_code == 404


def test_queue_is_paused_and_resumed_and_its_workers_woken(house: House, client: httpx.Client) -> None:
    recorder = Recorder(house.bus)
    push(house, "a")
    client.post("/api/queues/images/pause")
    assert house.driver.counts(now=house.clock.epoch())[0].paused
    assert recorder.wait_for(QueuePaused).origin == "test"
    client.post("/api/queues/images/resume")
    assert not house.driver.counts(now=house.clock.epoch())[0].paused
    assert recorder.wait_for(QueueResumed).queue == "images"
    assert house.fleet.asked == [("ring", ("images",))]


def test_clear_deletes_what_waits_and_nothing_else(house: House, client: httpx.Client) -> None:
    recorder = Recorder(house.bus)
    fail(house, "failed")
    push(house, "runs")
    house.driver.claim(["images"], worker="images:1@1.a", limit=1, now=house.clock.epoch())
    push(house, "waits", "waits too")
    assert client.post("/api/queues/images/clear").json() == {"ok": True, "removed": 2}
    assert state_of(house, "runs") is JobState.RUNNING
    assert state_of(house, "failed") is JobState.CRASHED
    assert state_of(house, "waits") is None
    assert recorder.wait_for(JobsRemoved).count == 2


def test_failed_job_is_retried(house: House, client: httpx.Client) -> None:
    recorder = Recorder(house.bus)
    fail(house, "a")
    assert client.post("/api/jobs/a/retry").status_code == 200
    assert state_of(house, "a") is JobState.READY
    assert recorder.wait_for(JobQueued, job_id="a").origin == "test"
    assert house.fleet.asked == [("ring", ("images",))]


def test_all_failed_jobs_are_retried(house: House, client: httpx.Client) -> None:
    fail(house, "a", "b")
    assert client.post("/api/failed/retry").json() == {"ok": True, "retried": 2}
    assert {state_of(house, "a"), state_of(house, "b")} == {JobState.READY}


def test_all_failed_jobs_are_flushed(house: House, client: httpx.Client) -> None:
    fail(house, "a", "b")
    assert client.post("/api/failed/flush").json() == {"ok": True, "removed": 2}
    assert state_of(house, "a") is None


def test_job_that_is_over_is_forgotten(house: House, client: httpx.Client) -> None:
    fail(house, "thumb:1/2")
    assert client.post("/api/jobs/thumb%3A1%2F2/forget").status_code == 200
    assert state_of(house, "thumb:1/2") is None


@pytest.mark.parametrize("verb", ["retry", "forget"])
def test_waiting_job_is_neither_retried_nor_forgotten(house: House, client: httpx.Client, verb: str) -> None:
    push(house, "a")
    assert client.post(f"/api/jobs/a/{verb}").status_code == 409
    assert state_of(house, "a") is JobState.READY


@pytest.mark.parametrize("verb", ["retry", "forget", "cancel"])
def test_unknown_job_is_answered_with_404(client: httpx.Client, verb: str) -> None:
    assert client.post(f"/api/jobs/nothing/{verb}").status_code == 404


def test_waiting_job_is_cancelled_at_once(house: House, client: httpx.Client) -> None:
    recorder = Recorder(house.bus)
    push(house, "a")
    assert client.post("/api/jobs/a/cancel").json() == {"ok": True, "state": "cancelled"}
    assert recorder.wait_for(JobCancelled, job_id="a").origin == "test"
    assert client.post("/api/jobs/a/cancel").status_code == 409


def test_running_job_is_asked_to_stop_through_its_worker(house: House, client: httpx.Client) -> None:
    push(house, "a")
    house.driver.claim(["images"], worker="images:1@77.beef", limit=1, now=house.clock.epoch())
    assert client.post("/api/jobs/a/cancel").json() == {"ok": True, "state": "running"}
    assert house.fleet.asked == [("cancel", "a")]
    job = house.driver.find("a")
    assert job is not None
    assert job.cancel_requested


def test_strange_origin_is_refused(house: House, client: httpx.Client) -> None:
    response = client.post("/api/queues/images/pause", headers={"X-Origin": "a b\tc"})
    assert response.status_code == 400
    assert house.driver.counts(now=0.0) == []


def test_error_of_the_house_is_told_and_logged_and_the_server_goes_on(
    house: House, client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> NoReturn:
        raise ZeroDivisionError("no luck")

    with monkeypatch.context() as patch:
        patch.setattr(house.supervisor, "all", broken)
        response = client.get("/api/status")
    assert response.status_code == 500
    assert "ZeroDivisionError: no luck" in response.json()["error"]
    assert "GET /api/status failed" in caplog.text
    assert client.get("/api/status").status_code == 200


def test_store_that_cannot_be_read_is_a_problem_and_not_an_error(
    house: House, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*, now: float) -> NoReturn:
        raise StoreError("queue.sqlite3", f"disk I/O error at {now}", "look at the disk")

    monkeypatch.setattr(house.driver, "counts", broken)
    status = client.get("/api/status").json()
    assert status["runtime"]["healthy"] is False
    assert "disk I/O error" in status["runtime"]["problems"][0]
    assert len(status["children"]) == 3
    assert client.get("/healthz").status_code == 503


def test_stop_of_the_app_is_answered_before_it_is_handed_on(house: House, client: httpx.Client) -> None:
    asked = threading.Event()
    house.on_stop_request = asked.set
    assert client.post("/api/runtime/stop").json() == {"ok": True}
    assert asked.wait(DEADLINE)


def test_window_of_the_app_is_shown_where_it_has_one(house: House, client: httpx.Client) -> None:
    refused = client.post("/api/runtime/show")
    assert refused.status_code == 409
    assert "no window" in refused.json()["error"]
    shown: list[str] = []
    house.window.on_show(lambda: shown.append("window"))
    assert client.post("/api/runtime/show").json() == {"ok": True}
    assert shown == ["window"]


def store_batch(house: House, *, size: int = 2) -> list[str]:
    """A batch `b` of jobs of the queue `images`."""
    jobs = tuple(NewJob(name="app.jobs.thumbnail", queue="images") for _ in range(size))
    pushed = house.driver.batches.push(NewBatch(id="b", jobs=jobs), now=house.clock.epoch())
    return [each.id for each in pushed]


def test_a_batch_is_cancelled_and_its_running_jobs_are_asked_to_stop(
    house: House, client: httpx.Client
) -> None:
    first, second = store_batch(house)
    house.driver.claim(["images"], worker="images:1@1.a", limit=1, now=house.clock.epoch())
    assert client.post("/api/batches/b/cancel").json() == {"ok": True, "status": "running"}
    assert (state_of(house, first), state_of(house, second)) == ("running", "cancelled")
    assert house.fleet.asked == [("stop", first, "test")]


def test_a_batch_that_is_over_or_unknown_cannot_be_cancelled(house: House, client: httpx.Client) -> None:
    store_batch(house)
    assert client.post("/api/batches/b/cancel").json() == {"ok": True, "status": "cancelled"}
    assert house.fleet.asked == [("ended", "b", "test")]
    again, unknown = client.post("/api/batches/b/cancel"), client.post("/api/batches/c/cancel")
    assert (again.status_code, unknown.status_code) == (409, 404)
    assert "'cancelled'" in again.json()["error"]
    assert "queue:batches" in unknown.json()["error"]


@pytest.mark.parametrize("act", ["cancel", "clear"])
def test_a_batch_whose_last_jobs_are_cancelled_or_cleared_is_told_as_over(
    house: House, client: httpx.Client, act: str
) -> None:
    (only,) = store_batch(house, size=1)
    address = f"/api/jobs/{only}/cancel" if act == "cancel" else "/api/queues/images/clear"
    assert client.post(address).status_code == 200
    assert house.fleet.asked == [("ended", "b", "test")]


def test_resume_rings_once_for_each_job_that_waits(house: House, client: httpx.Client) -> None:
    push(house, "a", "b", "c")
    client.post("/api/queues/images/pause")
    client.post("/api/queues/images/resume")
    assert house.fleet.asked == [("ring", ("images", "images", "images"))]


def test_retrying_all_rings_once_for_each_job(house: House, client: httpx.Client) -> None:
    fail(house, "a", "b", "c")
    assert client.post("/api/failed/retry").json() == {"ok": True, "retried": 3}
    assert house.fleet.asked == [("ring", ("images", "images", "images"))]


def test_plan_is_what_the_file_would_do_now(house: House, client: httpx.Client) -> None:
    assert client.get("/api/config/plan").json() == {
        "path": None,
        "plan": [{"step": "keep", "child": name} for name in house.config().workers],
    }
