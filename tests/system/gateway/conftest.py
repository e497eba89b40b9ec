"""A whole runtime with its gateway, as whoever means harm meets it."""

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
    jobs = ["tests.support.jobs"]
    data_dir = "data"

    [workers.default]
"""


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    file = tmp_path / "workers.toml"
    file.write_text(dedent(CONFIG))
    with Runtime.from_config(file) as runtime:
        yield runtime


@pytest.fixture
def recorder(runtime: Runtime) -> Recorder:
    """Hears everything from now on."""
    return Recorder(runtime.bus)
