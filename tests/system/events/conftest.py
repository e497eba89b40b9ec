"""A runtime with real workers, handlers that make circles, and an ear for everything."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from native_runtime import Runtime
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
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    file = tmp_path / "workers.toml"
    file.write_text(dedent(CONFIG))
    with Runtime.from_config(file, gateway=False) as runtime:
        yield runtime


@pytest.fixture
def recorder(runtime: Runtime) -> Recorder:
    """Hears everything from now on."""
    return Recorder(runtime.bus)
