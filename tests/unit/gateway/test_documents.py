"""The documents that are public contract, key by key."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from native_runtime.gateway.health import LEAST_ROOM, problems_of, room_problem
from native_runtime.gateway.snapshot import child_document, status_document
from native_runtime.processes.crash_report import CrashReport, write_report
from native_runtime.processes.exit_status import ExitReason
from native_runtime.processes.state import ChildState
from native_runtime.queue.batch_record import BatchPlan, NewBatch
from native_runtime.queue.driver import Ack
from native_runtime.queue.job import NewJob
from native_runtime.queue.tally import Durations, Tally
from tests.support.gateway_house import House, PretendActivity, PretendJob, child, crash

ROOT = Path(__file__).resolve().parents[3]
TALLY = Tally(Durations().and_one(0.01).and_one(0.01).and_one(2.0), Durations().and_one(4000.0))


def test_status_has_the_promised_shape(house: House, client: httpx.Client) -> None:
    house.driver.push([NewJob(id="a", name="app.jobs.thumbnail", queue="images")], now=house.clock.epoch())
    status = client.get("/api/status").json()
    assert {"app", "pid", "version", "uptime", "healthy", "problems", "url"} <= status["runtime"].keys()
    assert status["runtime"]["app"] == "Photo Desk"
    assert status["runtime"]["healthy"] is True
    busy = status["children"][0]
    assert busy.items() >= {
        "name": "images:1", "kind": "worker", "worker": "images", "pid": 4711, "state": "busy", "uptime": 125.0,
        "restarts": 0, "rss_mb": 48.0, "cpu_percent": 3.2, "last_exit": None,
    }.items()  # fmt: skip
    assert busy["job"] == {"id": "thumb:42", "name": "app.jobs.thumbnail", "attempt": 1, "seconds": 2.5}
    assert (busy["jobs_done"], busy["jobs_failed"]) == (1204, 3)
    waiting, plain = status["children"][1:]
    assert (waiting["kind"], waiting["jobs_done"], waiting["jobs_failed"]) == ("worker", None, None)
    assert (plain["kind"], plain["jobs_done"], plain["jobs_failed"]) == ("process", None, None)
    queue = status["queues"][0]
    assert queue.keys() == {
        "name",
        "ready",
        "delayed",
        "running",
        "failed",
        "oldest_age",
        "paused",
        "paused_by",
    }
    assert (queue["name"], queue["ready"], queue["paused"], queue["paused_by"]) == ("images", 1, False, None)
    assert status["workers"] == [
        {
            "name": "images", "up": True, "processes": 2, "scaling": "auto", "min": 1, "max": 4,
            "queues": ["imports", "images"], "memory_mb": 64, "memory_kill_mb": 256,
        }
    ]  # fmt: skip


def test_status_without_an_app_has_the_same_shape() -> None:
    assert status_document(runtime=None) == {"runtime": None, "children": [], "queues": [], "workers": []}


def test_last_exit_tells_reason_and_signal() -> None:
    document = child_document(replace(child("api"), last_exit=crash()))
    assert document["last_exit"] == {
        "reason": "crashed", "exit_code": None, "signal": "SIGSEGV", "at": "2026-01-01T12:00:00.000+00:00",
        "detail": "SIGSEGV in mid-job",
    }  # fmt: skip


def test_plain_child_that_runs_the_worker_command_is_a_worker() -> None:
    by_hand = replace(child("by-hand"), command=("queue:work", "--once"))
    assert child_document(by_hand)["kind"] == "worker"


def test_job_in_hand_is_shown_beside_its_child() -> None:
    job = PretendJob(id="x", name="app.jobs.scan", attempt=3, seconds=0.25)
    assert child_document(child("images:1"), PretendActivity(job=job))["job"] == {
        "id": "x", "name": "app.jobs.scan", "attempt": 3, "seconds": 0.25,
    }  # fmt: skip


def test_failed_jobs_have_the_promised_shape(house: House, client: httpx.Client) -> None:
    house.fail("f")
    (failed,) = client.get("/api/failed").json()
    assert failed.keys() == {"id", "job", "queue", "outcome", "attempts", "error", "traceback", "failed_at"}
    assert (failed["outcome"], failed["attempts"], failed["error"]) == ("failed", 1, "ValueError: no")


def test_crash_reports_have_the_promised_shape_and_open_by_id(house: House, client: httpx.Client) -> None:
    report = CrashReport(
        id="20260101-api", child="api", reason="crashed", exit_code=None, signal="SIGSEGV", detail="SIGSEGV",
        at="2026-01-01T12:00:00+00:00", pid=1, uptime=2.0, job={"id": "a", "name": "n", "attempt": 1}, output=("last words",),
    )  # fmt: skip
    path = write_report(house.folders.crashes, report)
    (short,) = client.get("/api/crashes").json()
    assert short.keys() >= {"id", "child", "reason", "exit_code", "signal", "job", "at", "path"}
    assert Path(short["path"]) == path
    assert client.get("/api/crashes/20260101-api").json()["output"] == ["last words"]
    assert client.get("/api/crashes/unknown").status_code == 404


def test_jobs_are_found_by_state_queue_and_text_a_page_at_a_time(house: House, client: httpx.Client) -> None:
    house.fail("f1", "f2")
    house.driver.push([NewJob(id="waits", name="app.jobs.scan", queue="imports")], now=house.clock.epoch())
    page = client.get("/api/jobs", params={"state": "failed,oom", "limit": 1}).json()
    assert (page["total"], page["limit"], page["offset"], len(page["jobs"])) == (2, 1, 0, 1)
    assert [job["id"] for job in client.get("/api/jobs?queue=imports").json()["jobs"]] == ["waits"]
    assert [job["id"] for job in client.get("/api/jobs?text=scan").json()["jobs"]] == ["waits"]


@pytest.mark.parametrize("due", [1732194000000.0, 1e308])
def test_job_that_is_due_beyond_all_dates_is_listed_with_the_last(
    house: House, client: httpx.Client, due: float
) -> None:
    house.driver.push([NewJob(id="far", name="n", available_at=due)], now=house.clock.epoch())
    (listed,) = client.get("/api/jobs", params={"text": "far"}).json()["jobs"]
    assert listed["available_at"] == "9999-12-31T23:59:59.999+00:00"
    assert client.get("/api/jobs/far").status_code == 200


def test_one_job_is_shown_with_arguments_and_result(house: House, client: httpx.Client) -> None:
    now = house.clock.epoch()
    job = NewJob(id="thumb:a/b", name="app.jobs.thumbnail", queue="images", payload=b'{"args":{"size":128}}')
    house.driver.push([job], now=now)
    (claim,) = house.driver.claim(["images"], worker="images:1@1.a", limit=1, now=now)
    house.driver.settle([Ack(job_id=claim.id, token=claim.token, result=b'"a.webp"')], now=now)
    shown = client.get("/api/jobs/thumb%3Aa%2Fb").json()
    assert shown["payload"] == {"args": {"size": 128}}
    assert shown["result"] == "a.webp"
    assert shown["worker"] == "images:1"


@pytest.mark.parametrize(
    "query", ["state=asleep", "limit=-1", "limit=many", "limit=100000", "limit=1e2", "offset=1.5"]
)
def test_search_that_means_nothing_is_refused_with_what_was_expected(
    client: httpx.Client, query: str
) -> None:
    response = client.get(f"/api/jobs?{query}")
    assert response.status_code == 400
    assert "expected" in response.json()["error"]


@pytest.mark.parametrize("queue", ["", "images", "a.b", "..", "é", "a%20b"])
def test_search_in_any_queue_is_answered_since_a_store_may_hold_those_of_old(
    client: httpx.Client, queue: str
) -> None:
    assert client.get(f"/api/jobs?queue={queue}").json()["total"] == 0


def test_health_is_ok_without_a_secret(stranger: httpx.Client) -> None:
    response = stranger.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "problems": []}


@pytest.mark.parametrize("state", [ChildState.CRASH_LOOPING, ChildState.FAILED])
def test_health_is_degraded_while_a_child_cannot_live(
    house: House, stranger: httpx.Client, state: ChildState
) -> None:
    house.supervisor.add(replace(child("api", state), last_exit=crash(ExitReason.CRASHED, "exit code 3")))
    response = stranger.get("/healthz")
    assert response.status_code == 503
    assert response.json()["status"] == "degraded"
    (problem,) = response.json()["problems"]
    assert "api" in problem
    assert "exit code 3" in problem


def test_health_is_degraded_by_what_the_runtime_says(house: House, stranger: httpx.Client) -> None:
    house.problems.append("workers.toml was edited into something invalid")
    assert stranger.get("/healthz").json()["problems"] == house.problems


def test_health_is_degraded_while_the_disk_is_full(
    house: House, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(house.folders.data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=0))
    response = client.get("/healthz")
    assert response.status_code == 503
    (problem,) = response.json()["problems"]
    assert problem.startswith(f"{house.folders.data}: 0.0 MB are free on its disk")
    runtime = client.get("/api/status").json()["runtime"]
    assert (runtime["healthy"], runtime["problems"]) == (False, [problem])


def test_health_is_ok_where_nobody_can_say_how_full_the_disk_is(
    stranger: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_folder: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "disk_usage", unknown)
    assert stranger.get("/healthz").json() == {"status": "ok", "problems": []}


@pytest.mark.parametrize(("free", "is_told"), [(LEAST_ROOM, False), (LEAST_ROOM - 1, True), (0, True)])
def test_room_is_a_problem_below_the_least(free: int, *, is_told: bool) -> None:
    assert (room_problem(free, Path("data")) is not None) is is_told


@pytest.mark.parametrize(
    "state", [each for each in ChildState if each not in {ChildState.CRASH_LOOPING, ChildState.FAILED}]
)
def test_ordinary_states_are_no_problem(state: ChildState) -> None:
    assert problems_of([child("api", state)]) == []


def test_metrics_tell_queues_children_and_restarts(house: House, client: httpx.Client) -> None:
    house.driver.push([NewJob(id="a", name="app.jobs.thumbnail", queue="images")], now=house.clock.epoch())
    house.supervisor.add(
        replace(child("api", ChildState.BACKOFF), restarts=7, pid=None, uptime=None, rss=None)
    )
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = response.text.splitlines()
    assert 'native_runtime_queue_jobs{queue="images",state="ready"} 1.0' in lines
    assert 'native_runtime_child_restarts_total{child="api"} 7.0' in lines
    assert 'native_runtime_child_state{child="api",state="backoff"} 1.0' in lines
    assert 'native_runtime_child_cpu_ratio{child="images:1"} 0.032' in lines
    assert 'native_runtime_child_resident_bytes{child="images:1"} 5.0331648e+07' in lines
    assert not any(line.startswith('native_runtime_child_uptime_seconds{child="api"}') for line in lines)


def test_metrics_tell_what_the_workers_have_done_and_how_long_it_took(
    house: House, client: httpx.Client
) -> None:
    house.fleet.work.tallies = {"images": TALLY, "api": Tally()}
    lines = client.get("/metrics").text.splitlines()
    of_images = 'outcome="success",worker="images"'
    assert {
        'native_runtime_job_attempts_total{outcome="success",worker="images"} 3.0',
        'native_runtime_job_attempts_total{outcome="failed",worker="images"} 1.0',
        'native_runtime_job_attempts_total{outcome="success",worker="api"} 0.0',
        f'native_runtime_job_duration_seconds_bucket{{le="0.001",{of_images}}} 0.0',
        f'native_runtime_job_duration_seconds_bucket{{le="0.025",{of_images}}} 2.0',
        f'native_runtime_job_duration_seconds_bucket{{le="1.0",{of_images}}} 2.0',
        f'native_runtime_job_duration_seconds_bucket{{le="2.5",{of_images}}} 3.0',
        f'native_runtime_job_duration_seconds_bucket{{le="+Inf",{of_images}}} 3.0',
        f"native_runtime_job_duration_seconds_count{{{of_images}}} 3.0",
        f"native_runtime_job_duration_seconds_sum{{{of_images}}} 2.02",
        'native_runtime_job_duration_seconds_bucket{le="1800.0",outcome="failed",worker="images"} 0.0',
        'native_runtime_job_duration_seconds_bucket{le="+Inf",outcome="failed",worker="images"} 1.0',
    } <= set(lines)


def promtool() -> str | None:
    """Where it is: on the system, or where `.ci/run` puts it."""
    return shutil.which("promtool") or shutil.which("promtool", path=ROOT / ".dev")


def test_metrics_are_as_prometheus_wants_them(house: House, client: httpx.Client) -> None:
    program = promtool()
    if program is None:
        pytest.skip("needs promtool, of the Debian package prometheus; .ci/run brings it")
    house.fail("f")
    house.driver.pause("images")
    house.fleet.work.tallies = {"images": TALLY, "api": Tally()}
    house.supervisor.add(replace(child("api", ChildState.BACKOFF), restarts=7, pid=None, rss=None))
    text = client.get("/metrics").content
    found = subprocess.run([program, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")


def test_metrics_need_the_secret(stranger: httpx.Client) -> None:
    assert stranger.get("/metrics").status_code == 401


def test_batches_have_the_documented_shape_newest_first_and_by_the_page(
    house: House, client: httpx.Client
) -> None:
    now = house.clock.epoch()
    for batch_id, name in (("a", ""), ("b", "scan"), ("c", "")):
        jobs = tuple(NewJob(name="app.jobs.thumbnail", queue=f"of {batch_id}") for _ in range(4))
        house.driver.batches.push(NewBatch(id=batch_id, jobs=jobs, name=name), now=now)
    (claim,) = house.driver.claim(["of b"], worker="images:1@1.a", limit=1, now=now)
    house.driver.settle([Ack(job_id=claim.id, token=claim.token)], now=now)
    page = client.get("/api/batches?limit=1&offset=1").json()
    assert (page["total"], page["limit"], page["offset"]) == (3, 1, 1)
    (document,) = page["batches"]
    assert document.pop("created_at").startswith("20")
    assert document == {
        "id": "b", "name": "scan", "status": "running", "total": 4, "pending": 3, "succeeded": 1, "failed": 0,
        "cancelled": 0, "progress": 0.25, "ended_at": None,
    }  # fmt: skip
    assert [each["id"] for each in client.get("/api/batches").json()["batches"]] == ["c", "b", "a"]
    assert client.get("/api/batches?limit=x").status_code == 400


def test_one_batch_comes_with_a_page_of_its_jobs_in_their_order(house: House, client: httpx.Client) -> None:
    jobs = tuple(NewJob(name="app.jobs.thumbnail", queue="images") for _ in range(5))
    plan = BatchPlan(cause=("event X",))
    pushed = house.driver.batches.push(NewBatch(id="b", jobs=jobs, plan=plan), now=house.clock.epoch())
    detail = client.get("/api/batches/b?limit=2&offset=1").json()
    assert [job["id"] for job in detail["jobs"]] == [each.id for each in pushed[1:3]]
    assert (detail["total"], detail["cause"]) == (5, ["event X"])
    missing = client.get("/api/batches/c")
    assert (missing.status_code, "GET /api/batches" in missing.json()["error"]) == (404, True)


def test_output_of_a_child_is_shown_with_its_streams_and_up_to_which_event_it_was_told(
    house: House, client: httpx.Client
) -> None:
    house.supervisor.write("api", "one", "two")
    house.supervisor.write("api", "oh", is_error=True)
    shown = client.get("/api/processes/api/logs?lines=2").json()
    assert shown == {
        "name": "api",
        "seq": house.bus.last_seq,
        "lines": [{"stream": "stdout", "text": "two"}, {"stream": "stderr", "text": "oh"}],
    }
    assert client.get("/api/processes/api/logs?lines=0").json() == {**shown, "lines": []}
    assert client.get("/api/processes/nobody/logs").status_code == 404
    assert client.get("/api/processes/api/logs?lines=many").status_code == 400
