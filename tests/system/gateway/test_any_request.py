"""Requests that nobody thought of: none is answered with an error of the server, or with what the API does not describe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from native_runtime.clock import SystemClock
from native_runtime.processes.crash_report import CrashReport, write_report
from native_runtime.queue.batch_record import NewBatch
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.job import NewJob
from tests.support.file_house import FileHouse
from tests.support.gateway_house import child

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = int(
    os.environ.get("API_EXAMPLES", "8")
)  # of each operation, beside those that cover its description
SEED = os.environ.get("API_SEED", "")  # printed by a run that found something
DEADLINE = 60 + EXAMPLES * 20  # seconds; only reached when something hangs
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
KNOWN = "0"  # a name that is tried often
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[FileHouse]:
    """Children that pretend, and a real store; everything that can have a name is there under the known one."""
    driver = SqliteDriver(tmp_path / "queue.sqlite3", owner=True, clock=SystemClock())
    house = FileHouse(tmp_path, driver=driver)
    house.fail(KNOWN)
    jobs = tuple(NewJob(name="app.jobs.scan", queue=KNOWN) for _ in range(3))
    house.driver.batches.push(NewBatch(id=KNOWN, jobs=jobs), now=house.clock.epoch())
    house.supervisor.add(child(KNOWN))
    report = CrashReport(
        id=KNOWN, child=KNOWN, reason="crashed", exit_code=1, signal=None, detail="exit code 1",
        at="2026-01-01T12:00:00+00:00", pid=1, uptime=1.0,
    )  # fmt: skip
    write_report(house.folders.crashes, report)
    yield house
    driver.close()


def without_tuples(schema: Any) -> Any:
    """The same with lists in place of tuples, which the tool takes for errors of the description."""
    match schema:
        case {"prefixItems": _}:
            return {"type": "array"}
        case dict():
            return {key: without_tuples(value) for key, value in schema.items()}
        case list():
            return [without_tuples(each) for each in schema]
    return schema


@pytest.mark.slow
def test_no_request_gets_an_answer_that_is_not_described(house: FileHouse, tmp_path: Path) -> None:
    with house.serving() as gateway:
        secret = f"Bearer {gateway.token}"
        told = httpx.get(
            f"{gateway.url}api/openapi.json",
            headers={"Authorization": secret},
            timeout=DEADLINE,
            trust_env=False,
        )
        description = tmp_path / "openapi.json"
        description.write_text(json.dumps(without_tuples(told.json())))
        found = subprocess.run(
            [
                SCHEMATHESIS, "--no-color", "run", description, "--url", gateway.url,
                "--header", f"Authorization: {secret}",
                "--checks", ",".join(CHECKS),
                "--phases", "coverage,fuzzing",
                "--max-examples", str(EXAMPLES),
                "--suppress-health-check", "all",  # they judge how fast examples are made, and how large
                *(("--seed", SEED) if SEED else ()),
            ],
            cwd=tmp_path,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
