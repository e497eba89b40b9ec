"""The example of chains and batches in docs/jobs.md does what the page says."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from native_runtime import JobHandle
from native_runtime.queue.dispatch import CURRENT
from tests.support.job_runner import JobRunner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PAGE = Path(__file__).resolve().parents[2] / "docs" / "jobs.md"
MODULE = "documented_groups"


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    made = JobRunner()
    CURRENT.put(made.queue)
    yield made
    CURRENT.clear(made.queue)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    found = re.search(
        r"<!-- example: groups\.py -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    (tmp_path / f"{MODULE}.py").write_text(found[1], "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(MODULE)
    del sys.modules[MODULE]


def test_the_documented_chain_passes_its_result_on(runner: JobRunner, example: ModuleType) -> None:
    handle = example.count_one("a page")
    runner.run()
    assert handle.result(timeout=0) == 5


def test_the_documented_batch_adds_up_its_results(runner: JobRunner, example: ModuleType) -> None:
    handle = example.count_all(["one", "two words", ""])
    runner.run()
    follower = JobHandle.find(f"{handle.id}:then")
    assert follower is not None
    assert (handle.results(timeout=0), follower.result(timeout=0)) == ([1, 2, 0], 3)
