"""What real workers have done is counted, told, and kept when they die."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support import jobs
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from native_runtime import Runtime

DEADLINE = 60.0


@pytest.fixture
def client(make_runtime: Callable[..., Runtime], tmp_path: Path) -> Iterator[httpx.Client]:
    """Talks to a running app."""
    make_runtime(gateway=True).start()
    endpoint = json.loads((tmp_path / "data" / "endpoint.json").read_text())
    headers = {"Authorization": f"Bearer {endpoint['token']}"}
    with httpx.Client(base_url=endpoint["url"], headers=headers, trust_env=False) as client:
        yield client


def counts(client: httpx.Client) -> tuple[Any, Any]:
    """What the worker `default` says of its present process."""
    children = client.get("/api/status").json()["children"]
    (child,) = (each for each in children if each["name"] == "default:1")
    return child["jobs_done"], child["jobs_failed"]


def metric(client: httpx.Client, name: str, outcome: str) -> float:
    """A figure of the worker `default`."""
    start = f'native_runtime_{name}{{outcome="{outcome}",worker="default"}} '
    (line,) = (each for each in client.get("/metrics").text.splitlines() if each.startswith(start))
    return float(line.removeprefix(start))


def test_what_a_worker_did_is_told_of_it_and_stays_in_the_total_when_it_crashes(
    client: httpx.Client, tmp_path: Path
) -> None:
    for number in range(3):
        assert jobs.add.dispatch(number, 1).result(timeout=DEADLINE) == number + 1
    jobs.naps.dispatch(0.2).result(timeout=DEADLINE)
    jobs.needs_file.dispatch(tmp_path / "missing")
    wait_until(lambda: counts(client) == (4, 1))
    assert metric(client, "job_duration_seconds_sum", "success") >= 0.2
    jobs.segfaults.options(tries=1).dispatch()
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    wait_until(lambda: counts(client) == (1, 0))
    assert metric(client, "job_attempts_total", "success") == 5
    assert metric(client, "job_attempts_total", "failed") == 2
    assert metric(client, "job_duration_seconds_count", "failed") == 2
