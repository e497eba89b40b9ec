"""The connection of a program that only dispatches and looks: a job store, and nothing that runs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Self

from native_runtime import environment
from native_runtime.clock import SystemClock
from native_runtime.queue.dispatch import CURRENT as CURRENT_QUEUE
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.queue import Queue
from native_runtime.workers.config import Config
from native_runtime.workers.folders import Folders
from native_runtime.workers.loader import load
from native_runtime.workers.standalone import find_config


class Connection:
    """Only the job store of an app: dispatch and inspect, start nothing. Get one from `connect`.

    Attributes:
        config: The workers.toml.
        folders: Where things lie.
        driver: The store.
        queue: What `job.dispatch` speaks to.
    """

    def __init__(self, config: Config, folders: Folders) -> None:
        self.config = config
        self.folders = folders
        self.driver = SqliteDriver(folders.store, clock=SystemClock(), durability=config.runtime.durability)
        self.queue = Queue(driver=self.driver, clock=SystemClock())

    def close(self) -> None:
        """Let go of the store. Harmless twice."""
        CURRENT_QUEUE.clear(self.queue)
        self.queue.close()
        self.driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def connect(path: str | Path, *, data_dir: str | Path | None = None) -> Connection:
    """Make the job store of a workers.toml current, for a script, a test or a cron job; starts nothing.

    Where a runtime runs in this process, jobs go to it all the same.

    Raises:
        ConfigError: The file cannot be used.
        StoreError: The store cannot be opened.
        TypeError, ValueError: `path` or `data_dir` is no path, or `data_dir` empty.
    """
    path_of(path, "connect: path")
    return _connect(load(find_config(os.environ, str(path)), environ=os.environ), data_dir)


def _connect(config: Config, data_dir: str | Path | None = None) -> Connection:
    folders = folders_of(config, data_dir)
    folders.create()
    connection = Connection(config, folders)
    CURRENT_QUEUE.put(connection.queue, second_rank=True)  # where a runtime runs, that one is spoken to
    return connection


def connect_from_environment() -> None:
    """Connect to what NATIVE_RUNTIME_CONFIG names, or in a child to the runtime that started it, if there is either.

    What facades call as a last resort.
    """
    path = os.environ.get(environment.CONFIG)
    if path:
        connect(path)
    elif environment.MARKER in os.environ and environment.DATA_DIR in os.environ:
        _connect(Config())  # the app was configured in code; where its store lies is told all the same


def folders_of(config: Config, data_dir: str | Path | None) -> Folders:
    """Where things lie; `data_dir` overrides what the file says, the environment overrides both.

    Raises:
        TypeError, ValueError: `data_dir` is no path, or empty: that would be the working folder.
    """
    runtime = config.runtime
    if data_dir == "":
        raise ValueError("data_dir: expected a folder, got ''; for the working folder write '.'")
    if data_dir is not None:
        runtime = replace(runtime, data_dir=path_of(data_dir, "data_dir"))
    return Folders.resolve(runtime, environ=os.environ)


def path_of(given: object, where: str) -> Path:
    """A path as it was given in code.

    Raises:
        TypeError: It is none; `where` says whose.
    """
    if not isinstance(given, str | os.PathLike):
        raise TypeError(f"{where}: expected a path, as text or Path, got {given!r}")
    return Path(given)
