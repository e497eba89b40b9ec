"""A runtime with real workers, handlers that make circles, and an ear for everything."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from native_runtime import Runtime
from native_runtime.events import Event
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
    [runtime]
    app = "test"
    jobs = ["tests.support.loop_jobs"]
    data_dir = "data"

    [workers.default]

    [workers.circle]
    queues = ["ping", "pong"]

    [workers.aside]
    queues = ["aside"]
"""


@pytest.fixture
def runtime_to_start(tmp_path: Path) -> Iterator[Runtime]:
    """Not started yet: of whoever listens now, workers know before their first job."""
    file = tmp_path / "workers.toml"
    file.write_text(dedent(CONFIG))
    runtime = Runtime.from_config(file, gateway=False)
    yield runtime
    runtime.stop()


@pytest.fixture
def recorder(runtime_to_start: Runtime) -> Recorder:
    """Hears everything."""
    return Recorder(runtime_to_start.bus)


@pytest.fixture
def runtime(runtime_to_start: Runtime, recorder: Recorder) -> Runtime:
    """A running one, of which everything is heard."""
    assert recorder.all(Event) == []
    runtime_to_start.start()
    return runtime_to_start
