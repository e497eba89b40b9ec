"""Limits in a running runtime: the store keeps them, the status tells of them, and no death leaves one behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import jobs

httpx = pytest.importorskip("httpx", reason="the interpreter for Windows under Wine does not have it")

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime import Runtime

CONFIG = """
    [runtime]
    app = "test"
    data_dir = "data"

    [queues.images]
    concurrency = 1
    paused = true

    [queues.nobody]
    rate = "1/s"

    [workers.default]
    queues = ["images"]
"""


DEADLINE = 60.0  # seconds


def get(runtime: Runtime, path: str) -> Any:
    with httpx.Client(follow_redirects=True, timeout=DEADLINE) as client:
        client.get(runtime.url)  # the cookie of this run
        return json.loads(client.get(runtime.url.split("/?")[0].rstrip("/") + path).text)


def test_a_paused_queue_and_one_that_nobody_serves_are_told(make_runtime: Callable[..., Runtime]) -> None:
    runtime = make_runtime(CONFIG, gateway=True)
    runtime.start()
    status = get(runtime, "/api/status")
    assert [(each["name"], each["paused_by"]) for each in status["queues"]] == [("images", "file")]
    (problem,) = status["runtime"]["problems"]
    assert problem.startswith("no worker serves the queue 'nobody'")
    assert get(runtime, "/healthz") == {"status": "degraded", "problems": [problem]}


def test_what_was_resumed_stays_open_over_a_restart_until_the_file_says_otherwise(
    make_runtime: Callable[..., Runtime],
) -> None:
    def paused(config: str, *, resume: bool = False) -> list[str]:
        runtime = make_runtime(config)
        with runtime:
            driver = runtime.queue.driver
            if resume:
                driver.resume("images")
            return [each.name for each in driver.counts(now=0.0) if each.paused]

    assert paused(CONFIG) == ["images"]
    assert paused(CONFIG, resume=True) == []
    assert paused(CONFIG) == []
    assert paused(CONFIG.replace("paused = true", "paused = false")) == []
    assert paused(CONFIG) == ["images"]


@pytest.mark.usefixtures("runtime")
def test_a_lock_of_a_worker_that_was_killed_is_free_as_soon_as_its_job_is() -> None:
    assert jobs.dies_once_alone.dispatch("user 7").result(timeout=DEADLINE) == ("user 7", 2)


def test_the_place_of_a_worker_that_was_killed_is_free_as_soon_as_its_job_is(
    make_runtime: Callable[..., Runtime],
) -> None:
    config = """
        [runtime]
        app = "test"
        jobs = ["tests.support.jobs"]
        data_dir = "data"

        [queues.default]
        concurrency = 1

        [workers.default]
        sleep = 600
        processes = 2
    """
    with make_runtime(config):
        dying = [jobs.dies_once_alone.dispatch(key) for key in "ab"]
        assert [handle.result(timeout=DEADLINE) for handle in dying] == [("a", 2), ("b", 2)]
