"""Whatever a child may be called, it is found by its name; what no queue can be called is refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from native_runtime.cli.running_app import RunningApp
from native_runtime.processes.state import ChildState
from tests.support.gateway_house import child

if TYPE_CHECKING:
    import httpx

    from native_runtime.gateway import Gateway
    from tests.support.gateway_house import House

ODD = (
    "reports/daily", "/", "a//b", "/etc/passwd", "a/../b", "../b", "%2F", "50%", "with space", "què/日本",
    "what?", "#1", "a&b=c;d", "a+b", "back\\slash", "logs", "x/logs", "x/stop/restart", "a\"b'c", "…",
)  # fmt: skip
NO_QUEUE = ("", "a/.", "a/..", "a/b", "a b", "ü", "a\0b", "x" * 129)


@pytest.mark.parametrize("name", ODD)
def test_child_is_acted_upon_by_any_name(house: House, client: httpx.Client, name: str) -> None:
    house.supervisor.add(replace(child(name), state=ChildState.STOPPED))
    for act in ("stop", "restart", "start"):
        assert client.post(f"/api/processes/{quote(name, safe='')}/{act}").status_code == 200, act
    assert {asked[1] for asked in house.supervisor.asked} == {name}


@pytest.mark.parametrize("name", ODD)
def test_log_of_a_child_is_read_by_any_name(house: House, client: httpx.Client, name: str) -> None:
    house.supervisor.add(child(name))
    house.supervisor.write(name, "hello")
    log = client.get(f"/api/processes/{quote(name, safe='')}/logs").json()
    assert (log["name"], [line["text"] for line in log["lines"]]) == (name, ["hello"])


@pytest.mark.parametrize("name", ODD)
def test_commands_find_a_child_by_any_name(house: House, gateway: Gateway, name: str) -> None:
    house.supervisor.add(child(name))
    RunningApp(url=gateway.url, token=gateway.token, pid=1).post("/api/processes", name, "restart")
    assert house.supervisor.asked == [("restart", name, "cli")]


@pytest.mark.parametrize("name", ["nobody/at/all", "\ud800", ""])
def test_name_of_nobody_is_said_to_be_unknown(client: httpx.Client, name: str) -> None:
    answer = client.post(f"/api/processes/{quote(name, safe='', errors='surrogatepass')}/stop")
    assert answer.status_code == 404
    assert "no child is named" in answer.json()["error"]


def test_description_has_the_names_of_children_as_one_part_of_the_address(client: httpx.Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/processes/{name}/logs", "/api/processes/{name}/stop", "/api/queues/{name}/pause"} <= set(
        paths
    )
    assert ":path" not in json.dumps(list(paths))


@pytest.mark.parametrize("verb", ["pause", "resume", "clear"])
@pytest.mark.parametrize("name", NO_QUEUE)
def test_queue_that_cannot_be_is_refused_in_words(
    house: House, client: httpx.Client, verb: str, name: str
) -> None:
    answer = client.post(f"/api/queues/{quote(name, safe='')}/{verb}")
    assert answer.status_code == 400
    assert "queue: expected a name of 1 to 128 letters, digits" in answer.json()["error"]
    assert len(answer.json()["error"]) < 300
    assert list(house.driver.counts(now=house.clock.epoch())) == []
