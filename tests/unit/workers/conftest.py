"""A house with two workers and a process, closed after each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.workers.config import Config, ProcessConfig, Processes, RuntimeConfig, WorkerConfig
from tests.support.workers_house import WorkersHouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = Config(
    runtime=RuntimeConfig(jobs=("app.jobs",)),
    workers={
        "images": WorkerConfig(name="images", queues=("images",), processes=Processes(min=2, max=4)),
        "api": WorkerConfig(name="api", queues=("api",), tries=1),
    },
    processes={"server": ProcessConfig(name="server", command=("server",))},
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[WorkersHouse]:
    house = WorkersHouse(tmp_path / "data", CONFIG)
    try:
        yield house
    finally:
        house.close()
