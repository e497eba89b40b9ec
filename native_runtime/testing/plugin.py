"""The pytest plugin: `fake_queue`, `sync_queue` and `fake_processes`. Loaded in every pytest run, so it imports nothing by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.testing.processes import FakeProcesses
    from native_runtime.testing.queue import FakeQueue
    from native_runtime.testing.sync_queue import SyncQueue


@pytest.fixture
def fake_processes() -> Iterator[FakeProcesses]:
    """`ChildProcess` starts nothing in this test, and `assert_started` and its like tell what was wanted."""
    from native_runtime.testing.processes import FakeProcesses

    with FakeProcesses().as_current() as fake:
        yield fake


@pytest.fixture
def fake_queue() -> Iterator[FakeQueue]:
    """`job.dispatch` stores in memory in this test, and `assert_dispatched` and its like tell what was."""
    from native_runtime.testing.queue import FakeQueue

    with FakeQueue().as_current() as fake:
        yield fake


@pytest.fixture
def sync_queue() -> Iterator[SyncQueue]:
    """`job.dispatch` runs the job at once in this test, with retries and all that follows it, as a worker would."""
    from native_runtime.testing.sync_queue import SyncQueue

    with SyncQueue().as_current() as sync:
        yield sync
