"""A store in a folder of its own, and real workers on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import environment
from native_runtime.clock import SystemClock
from native_runtime.queue import registry
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.queue import Queue
from native_runtime.queue.wanted import NOTHING, WantedPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from native_runtime.queue.job_function import JobFunction

PROGRAMS = Path(__file__).parents[2] / "programs"
DEADLINE = 60.0  # seconds; a fact that takes so long has failed to come


def eventually(fact: Callable[[], object]) -> Any:
    """Wait until `fact()` is true, and return it."""
    end = time.monotonic() + DEADLINE
    while not (answer := fact()):
        assert time.monotonic() < end, "the fact did not come"
        time.sleep(0.005)
    return answer


@dataclass
class Linked:
    """A worker with the app's end of its control channel."""

    process: subprocess.Popen[str]
    write: int
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, **message: object) -> None:
        os.write(self.write, json.dumps(message).encode() + b"\n")

    def hear(self, event: str, times: int = 1) -> dict[str, Any]:
        """Wait for a message of this kind."""
        found: list[dict[str, Any]] = eventually(
            lambda: (all_of := [each for each in self.heard if each["ev"] == event])[times - 1 :] and all_of
        )
        return found[times - 1]

    def hang_up(self) -> None:
        if self.write != -1:
            os.close(self.write)
            self.write = -1


class House:
    """One store and its workers."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.traces = folder / "traces"
        self.traces.mkdir()
        self.driver = SqliteDriver(self.data / "queue.sqlite3", owner=True)
        (self.data / "run").mkdir(exist_ok=True)
        self.wanted = WantedPage(self.data / "run" / "wanted")
        self.queue = Queue(driver=self.driver, clock=SystemClock())
        self._workers: list[subprocess.Popen[str]] = []
        self._linked: list[Linked] = []

    @property
    def board(self) -> Path:
        """Of the only worker."""
        (board,) = (self.data / "run").glob("*.board")
        return board

    def job(self, name: str) -> JobFunction[..., Any, Any]:
        """A job of the program jobs_at_work."""
        return registry.find(f"jobs_at_work.{name}")

    def environ(self, **more: str) -> dict[str, str]:
        """What a runtime would hand to a worker."""
        return {
            **os.environ,
            environment.DATA_DIR: str(self.data),
            environment.JOBS: "jobs_at_work",
            environment.PATH: str(PROGRAMS),
            "TRACES": str(self.traces),
            **more,
        }

    def worker(self, *flags: str, **more: str) -> subprocess.Popen[str]:
        """Start a worker as from a terminal."""
        return self._start(flags, self.environ(**more), ())

    def linked(self, *flags: str, **more: str) -> Linked:
        """Start a worker as an app would, in a process group of its own."""
        worker_reads, write = os.pipe()
        read, worker_writes = os.pipe()
        ends = (worker_reads, worker_writes)
        environ = self.environ(**{environment.CONTROL: f"{worker_reads},{worker_writes}"}, **more)
        self.wanted.write(NOTHING)  # as an app does before it spawns any
        linked = Linked(self._start(flags, environ, ends), write)
        for end in ends:
            os.close(end)
        threading.Thread(target=_listen, args=(read, linked.heard), daemon=True).start()
        self._linked.append(linked)
        return linked

    def trace(self, name: str) -> list[str]:
        """Wait for a trace of a job, and read it."""
        path = self.traces / name
        eventually(lambda: path.exists() and path.read_text().endswith("\n"))
        return path.read_text().split()

    def close(self) -> None:
        for linked in self._linked:
            linked.hang_up()
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
            worker.communicate()
        self.wanted.close()
        self.driver.close()

    def _start(
        self, flags: tuple[str, ...], environ: dict[str, str], ends: tuple[int, ...]
    ) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "native_runtime", "queue:work", *flags],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=ends,
            process_group=0 if ends else None,
        )
        self._workers.append(worker)
        return worker


def _listen(read: int, heard: list[dict[str, Any]]) -> None:
    with os.fdopen(read, encoding="utf-8") as lines:
        heard.extend(map(json.loads, lines))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.syspath_prepend(str(PROGRAMS))
    for name in (environment.CONFIG, environment.DATA_DIR, environment.CONTROL):
        monkeypatch.delenv(name, raising=False)
    made = House(tmp_path)
    CURRENT.put(made.queue)
    yield made
    CURRENT.clear(made.queue)
    made.close()
