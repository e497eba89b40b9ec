"""The description of the API: every address is in it, and real answers are as it says."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import msgspec
import pytest
from starlette.routing import WebSocketRoute
from websockets.sync.client import connect

from native_runtime.gateway.access import Lock
from native_runtime.gateway.application import build_application
from native_runtime.gateway.operation import Operation
from native_runtime.processes.crash_report import CrashReport, write_report
from native_runtime.queue.batch_record import NewBatch
from native_runtime.queue.events import QueuePaused
from native_runtime.queue.job import NewJob
from native_runtime.workers.config_text import digest_of
from tests.support.file_house import TEXT, FileHouse
from tests.support.gateway_house import child, crash
from tests.support.recorder import DEADLINE

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from native_runtime.gateway import Gateway

PAGES = {"/", "/api", "/panel/{name}"}  # for people; everything else is the API
JSON = "application/json"
DIGEST = digest_of(TEXT.encode())

# Method, address as it is described, address as it is asked for, body, status: in this order.
CALLS: tuple[tuple[str, str, str, Any, int], ...] = (
    ("GET", "/healthz", "/healthz", None, 200),
    ("GET", "/metrics", "/metrics", None, 200),
    ("GET", "/api/status", "/api/status", None, 200),
    ("GET", "/api/config/plan", "/api/config/plan", None, 200),
    ("GET", "/api/jobs", "/api/jobs?state=failed,ready&limit=2", None, 200),
    ("GET", "/api/jobs", "/api/jobs?limit=-1", None, 400),
    ("GET", "/api/jobs/{id}", "/api/jobs/bad", None, 200),
    ("GET", "/api/jobs/{id}", "/api/jobs/none", None, 404),
    ("GET", "/api/batches", "/api/batches", None, 200),
    ("GET", "/api/batches/{id}", "/api/batches/b", None, 200),
    ("GET", "/api/failed", "/api/failed", None, 200),
    ("GET", "/api/crashes", "/api/crashes", None, 200),
    ("GET", "/api/crashes/{id}", "/api/crashes/20260101-api", None, 200),
    ("GET", "/api/config", "/api/config", None, 200),
    ("GET", "/api/config/settings", "/api/config/settings", None, 200),
    ("GET", "/api/openapi.json", "/api/openapi.json", None, 200),
    ("POST", "/api/workers/{name}/up", "/api/workers/images/up", {}, 200),
    ("POST", "/api/workers/{name}/down", "/api/workers/images/down", {}, 200),
    ("POST", "/api/workers/{name}/restart", "/api/workers/images/restart", {}, 200),
    ("POST", "/api/workers/{name}/restart", "/api/workers/none/restart", {}, 404),
    ("POST", "/api/workers/{name}/scale", "/api/workers/images/scale", {"processes": "auto"}, 200),
    ("POST", "/api/workers/{name}/scale", "/api/workers/images/scale", {"processes": -1}, 400),
    ("POST", "/api/processes/{name}/start", "/api/processes/api/start", {}, 200),
    ("POST", "/api/processes/{name}/stop", "/api/processes/api/stop", {}, 200),
    ("POST", "/api/processes/{name}/restart", "/api/processes/api/restart", {}, 200),
    ("GET", "/api/processes/{name}/logs", "/api/processes/api/logs?lines=1", None, 200),
    ("GET", "/api/processes/{name}/logs", "/api/processes/none/logs", None, 404),
    ("POST", "/api/queues/{name}/pause", "/api/queues/images/pause", {}, 200),
    ("POST", "/api/queues/{name}/resume", "/api/queues/images/resume", {}, 200),
    ("POST", "/api/jobs/{id}/retry", "/api/jobs/bad/retry", {}, 200),
    ("POST", "/api/jobs/{id}/forget", "/api/jobs/bad/forget", {}, 409),
    ("POST", "/api/jobs/{id}/cancel", "/api/jobs/bad/cancel", {}, 200),
    ("POST", "/api/jobs/{id}/forget", "/api/jobs/bad/forget", {}, 200),
    ("POST", "/api/batches/{id}/cancel", "/api/batches/b/cancel", {}, 200),
    ("POST", "/api/queues/{name}/clear", "/api/queues/images/clear", {}, 200),
    ("POST", "/api/failed/retry", "/api/failed/retry", {}, 200),
    ("POST", "/api/failed/flush", "/api/failed/flush", {}, 200),
    ("POST", "/api/config/check", "/api/config/check", {"text": TEXT}, 200),
    ("POST", "/api/config/check", "/api/config/check", {"text": "["}, 422),
    ("PUT", "/api/config", "/api/config", {"text": TEXT, "digest": "old"}, 409),
    ("PUT", "/api/config", "/api/config", {"text": TEXT, "digest": DIGEST}, 200),
    ("POST", "/api/config/edit", "/api/config/edit", {"key": "workers.images.memory", "value": 96}, 200),
    ("POST", "/api/config/edit", "/api/config/edit", {"key": "workers.images.trys", "value": 1}, 422),
    ("POST", "/api/runtime/show", "/api/runtime/show", {}, 200),
    ("POST", "/api/runtime/stop", "/api/runtime/stop", {}, 200),
)


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    """Something of everything."""
    house = FileHouse(tmp_path)
    house.fail("bad")
    now = house.clock.epoch()
    house.driver.push([NewJob(id="waits", name="app.jobs.scan", queue="images")], now=now)
    house.driver.batches.push(NewBatch(id="b", jobs=(NewJob(name="app.jobs.scan"),)), now=now)
    report = CrashReport(
        id="20260101-api", child="api", reason="crashed", exit_code=None, signal="SIGSEGV", detail="SIGSEGV",
        at="2026-01-01T12:00:00+00:00", pid=1, uptime=2.0, job={"id": "a", "name": "n", "attempt": 1}, memory=((0.1, 7),),
    )  # fmt: skip
    write_report(house.folders.crashes, report)
    house.supervisor.add(replace(child("gone"), last_exit=crash()))
    return house


@pytest.fixture
def api(client: httpx.Client) -> Any:
    return client.get("/api/openapi.json").json()


def strictly(api: Any, schema: Any) -> jsonschema_rs.Validator:
    """Lets nothing through that is not described, while clients are told that keys may be added."""
    components = copy.deepcopy(api["components"])
    for each in components["schemas"].values():
        if "properties" in each:
            each["additionalProperties"] = False
    return jsonschema_rs.validator_for({**schema, "components": components})


def test_every_address_is_described_or_is_a_page_for_people(gateway: Gateway, api: Any) -> None:
    gate: Any = build_application(
        gateway._house,
        lock=Lock(port=1, token=""),
        url="",
        pages={},
        on_stop_request=lambda: None,
        on_show_request=lambda: True,
    )
    routes = gate._app.routes
    sockets = {each.path for each in routes if isinstance(each, WebSocketRoute)}
    operations = {(each.method.lower(), each.path_format) for each in routes if isinstance(each, Operation)}
    others = {each.path for each in routes if not isinstance(each, Operation | WebSocketRoute)}
    assert operations == {(method, path) for path, methods in api["paths"].items() for method in methods}
    assert (sockets, others) == (set(api["x-websockets"]), PAGES)


def test_answers_are_what_the_description_says_and_nothing_more(
    house: FileHouse, client: httpx.Client, api: Any
) -> None:
    house.window.on_show(lambda: None)
    done = set()
    for method, described, path, body, status in CALLS:
        response = client.request(method, path, json=body)
        assert response.status_code == status, (method, path, response.text)
        ((kind, content),) = api["paths"][described][method.lower()]["responses"][str(status)][
            "content"
        ].items()
        assert response.headers["Content-Type"].startswith(kind)
        strictly(api, content["schema"]).validate(response.json() if kind == JSON else response.text)
        if status == 200:
            done.add((method.lower(), described))
    assert done == {(method, path) for path, methods in api["paths"].items() for method in methods}


def test_health_says_the_same_with_either_status(house: FileHouse, client: httpx.Client, api: Any) -> None:
    house.problems.append("the disk is full")
    response = client.get("/healthz")
    answers = api["paths"]["/healthz"]["get"]["responses"]
    assert response.status_code == 503
    strictly(api, answers["503"]["content"][JSON]["schema"]).validate(response.json())
    assert answers["200"]["content"] == answers["503"]["content"]


def test_messages_of_the_stream_are_what_the_description_says(
    house: FileHouse, gateway: Gateway, api: Any
) -> None:
    schemas = api["x-websockets"]["/api/events"]["messages"]
    address = f"{gateway.url.replace('http', 'ws', 1)}api/events"
    headers = {"Authorization": f"Bearer {gateway.token}"}
    with connect(address, additional_headers=headers, open_timeout=DEADLINE, proxy=None) as socket:
        messages = [socket.recv(DEADLINE)]
        house.bus.publish(QueuePaused(queue="images"))
        messages.append(socket.recv(DEADLINE))
    for schema, message in zip(schemas, messages, strict=False):
        validator = jsonschema_rs.validator_for({**schema, "components": api["components"]})
        validator.validate(msgspec.json.decode(message))


def test_the_description_is_an_openapi_document(api: Any) -> None:
    assert api["openapi"].startswith("3.1.")
    names = [each["operationId"] for methods in api["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))
    assert all(
        each["summary"].endswith(".") for methods in api["paths"].values() for each in methods.values()
    )
    assert (
        api["components"]["schemas"]["FailedJob"]["properties"]["failed_at"]["description"]
        == "ISO time, UTC."
    )


def test_a_list_in_a_query_stands_in_one_parameter_and_knows_its_choices(api: Any) -> None:
    (state,) = [each for each in api["paths"]["/api/jobs"]["get"]["parameters"] if each["name"] == "state"]
    assert (state["style"], state["explode"]) == ("form", False)
    assert "failed" in state["schema"]["items"]["enum"]
