"""The table of keys knows exactly the fields that the configuration has, and the example file obeys it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime.processes.restart import RestartPolicy
from native_runtime.workers import keys
from native_runtime.workers.config import ProcessConfig, Processes, RuntimeConfig, WorkerConfig
from native_runtime.workers.loader import load

if TYPE_CHECKING:
    from native_runtime.workers.shapes import Table

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("table", "described"),
    [
        (keys.RUNTIME, RuntimeConfig),
        (keys.WORKER, WorkerConfig),
        (keys.PROCESS, ProcessConfig),
        (keys.PROCESSES, Processes),
        (keys.RESTART, RestartPolicy),
    ],
)
def test_keys_of_a_section_are_the_fields_of_its_class(table: Table, described: Any) -> None:
    assert set(table.keys) == {field.name for field in fields(described)} - {"name"}


def test_example_at_the_top_of_the_project_is_valid_and_feeds_the_photo_desk() -> None:
    config = load(ROOT / "workers.toml", environ={})
    assert config.runtime.app == "Photo Desk"
    assert config.runtime.jobs == ("app.jobs",)
    served = {queue for worker in config.workers.values() for queue in worker.queues}
    assert served == {"imports", "images", "api"}


@pytest.mark.parametrize("table", [keys.RUNTIME, keys.WORKER, keys.PROCESS, keys.PROCESSES, keys.RESTART])
def test_every_key_is_explained_in_the_documentation(table: Table) -> None:
    page = (ROOT / "docs" / "workers-toml.md").read_text("utf-8")
    assert [key for key in table.keys if f"| `{key}`" not in page] == []
