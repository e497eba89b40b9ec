"""A whole runtime with real workers on a store of its own."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from native_runtime import Runtime
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIG = """
    [runtime]
    app = "test"
    jobs = ["tests.support.jobs"]
    data_dir = "data"

    [workers.default]

    [workers.memory]
    queues = ["memory"]
    memory = 64
    memory_kill = 128

    [workers.steady]
    queues = ["steady"]
"""


@pytest.fixture
def make_runtime(tmp_path: Path) -> Iterator[Callable[..., Runtime]]:
    """Makes a runtime from the text of a workers.toml; the same data folder each time."""
    made: list[Runtime] = []

    def make(config: str = CONFIG, *, gateway: bool = False) -> Runtime:
        file = tmp_path / "workers.toml"
        file.write_text(dedent(config))
        runtime = Runtime.from_config(file, gateway=gateway)
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        runtime.stop()


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    """A running one."""
    runtime = make_runtime()
    runtime.start()
    return runtime


@pytest.fixture
def recorder(runtime: Runtime) -> Recorder:
    """Hears everything from now on."""
    return Recorder(runtime.bus)
