"""An app that was updated goes on with what the version before it left; one that was put back says what is wrong."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import StoreError
from native_runtime.queue.drivers.sqlite.opening import SCHEMA_VERSION
from native_runtime.queue.drivers.sqlite.statements import load_migrations
from native_runtime.queue.handle import JobHandle
from tests.support import jobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime import Runtime

DEADLINE = 60.0  # seconds


def store_of_version_1(path: Path) -> None:
    """With one job that nobody has run yet."""
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    for statement in load_migrations()[0]:
        connection.execute(statement)
    connection.execute(
        "INSERT INTO jobs (id, name, queue, payload, priority, state, available_at, created_at)"
        " VALUES ('left-over', ?, 'default', ?, 0, 'ready', 0, 0)",
        (jobs.add.name, b'{"args":{"a":2,"b":3}}'),
    )
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()


def test_job_that_the_first_version_stored_is_run_by_this_one(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    store_of_version_1(tmp_path / "data" / "queue.sqlite3")
    with make_runtime():
        handle = JobHandle.find("left-over")
        assert handle is not None
        assert handle.result(timeout=DEADLINE) == 5


def test_older_app_on_a_newer_store_says_so_and_leaves_it_to_the_newer_one(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    store = tmp_path / "data" / "queue.sqlite3"
    with make_runtime():
        handle = jobs.add.dispatch(1, b=1)
        handle.result(timeout=DEADLINE)
    set_version(store, SCHEMA_VERSION + 1)
    before = store.read_bytes()
    older = make_runtime()
    for _ in range(2):  # it does not keep the folder either
        with pytest.raises(StoreError, match=r"was written by a newer version .*; update the app"):
            older.start()
    assert store.read_bytes() == before

    set_version(store, SCHEMA_VERSION)  # the newer app is back
    with make_runtime():
        again = JobHandle.find(handle.id)
        assert again is not None
        assert again.result(timeout=DEADLINE) == 2


def set_version(store: Path, version: int) -> None:
    connection = sqlite3.connect(store)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
