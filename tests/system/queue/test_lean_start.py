"""What a worker imports before its first job is most of what it costs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime import environment
from native_runtime.queue import registry, scoreboard

if TYPE_CHECKING:
    from tests.system.queue.conftest import House

HEAVY = {
    "asyncio",
    "click",
    "ctypes",
    "http",
    "logging",
    "psutil",
    "rich",
    "socket",
    "starlette",
    "subprocess",
    "tomlkit",
    "tomllib",
    "traceback",
    "uvicorn",
    "watchdog",
    "webview",
}

LATER = {"dataclasses", "inspect", "json", "queue", "typing_extensions"}  # as soon as somebody needs them


def imported_by(house: House, *flags: str) -> set[str]:
    """The modules that a worker has imported, by their top-level names, when it leaves."""
    command = [sys.executable, "-X", "importtime", "-m", "native_runtime", "queue:work", *flags]
    done = subprocess.run(command, env=house.environ(), check=True, capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip().partition(".")[0] for line in lines}


def test_a_worker_that_runs_a_job_imports_no_heavy_library(house: House) -> None:
    bare = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", ""], check=True, capture_output=True, text=True
    )
    # What this interpreter loads by itself (a .pth file of some tool) is not the worker's doing.
    given = {line.rsplit("|", 1)[1].strip().partition(".")[0] for line in bare.stderr.splitlines()}
    handle = house.job("mark").dispatch("lean")
    imported = imported_by(house, "--once")
    assert handle.status == "success"
    assert "sqlite3" in imported
    assert imported & HEAVY - given == set()


def test_a_first_job_of_plain_data_waits_for_nothing_that_it_does_not_need(house: House) -> None:
    registry.find("plain_job.look_around").dispatch(1, "modules")
    house.linked(**{environment.JOBS: "plain_job"})
    imported = set(house.trace("modules.1"))
    assert "msgspec" in imported
    assert imported & (LATER | HEAVY) == set()


def test_asyncio_is_imported_for_asynchronous_jobs_only(house: House) -> None:
    house.job("doubled").dispatch(1.0)
    assert "asyncio" in imported_by(house, "--once")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_idle_worker_is_small(house: House) -> None:
    linked = house.linked("--sleep=3600")
    linked.hear("idle")
    reading = scoreboard.read(house.board)
    assert reading is not None
    with open(f"/proc/{reading.pid}/statm", encoding="ascii") as statm:  # noqa: PTH123 - a file of the kernel
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert resident < 32 * 1024 * 1024
