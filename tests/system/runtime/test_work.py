"""What real workers have done is counted, told, and kept when they die."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.support import jobs
from tests.support.processes import wait_until

pytest.importorskip(
    "uvicorn", reason="the interpreter for Windows under Wine does not have the gateway's packages"
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime import Runtime

DEADLINE = 60.0


@pytest.fixture
def get(make_runtime: Callable[..., Runtime], tmp_path: Path) -> Callable[[str], str]:
    """Asks a running app for an address."""
    make_runtime(gateway=True).start()
    endpoint = json.loads((tmp_path / "data" / "endpoint.json").read_text())

    def get(address: str) -> str:
        connection = HTTPConnection(urlsplit(endpoint["url"]).netloc, timeout=DEADLINE)
        try:
            connection.request("GET", address, headers={"Authorization": f"Bearer {endpoint['token']}"})
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    return get


def counts(get: Callable[[str], str]) -> tuple[Any, Any]:
    """What the worker `default` says of its present process."""
    children = json.loads(get("/api/status"))["children"]
    (child,) = (each for each in children if each["name"] == "default:1")
    return child["jobs_done"], child["jobs_failed"]


def metric(get: Callable[[str], str], name: str, outcome: str) -> float:
    """A figure of the worker `default`."""
    start = f'native_runtime_{name}{{outcome="{outcome}",worker="default"}} '
    (line,) = (each for each in get("/metrics").splitlines() if each.startswith(start))
    return float(line.removeprefix(start))


def test_what_a_worker_did_is_told_of_it_and_stays_in_the_total_when_it_crashes(
    get: Callable[[str], str], tmp_path: Path
) -> None:
    for number in range(3):
        assert jobs.add.dispatch(number, 1).result(timeout=DEADLINE) == number + 1
    jobs.naps.dispatch(0.2).result(timeout=DEADLINE)
    jobs.needs_file.dispatch(tmp_path / "missing")
    wait_until(lambda: counts(get) == (4, 1))
    assert metric(get, "job_duration_seconds_sum", "success") >= 0.2
    jobs.segfaults.options(tries=1).dispatch()
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    wait_until(lambda: counts(get) == (1, 0))
    assert metric(get, "job_attempts_total", "success") == 5
    assert metric(get, "job_attempts_total", "failed") == 2
    assert metric(get, "job_duration_seconds_count", "failed") == 2
