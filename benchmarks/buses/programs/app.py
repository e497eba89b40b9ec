"""An app with a panel: floods its output, has two workers drain jobs, or kills its children, as it is asked."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.buses.programs.jobs import trivial
from benchmarks.buses.programs.killing import Ear
from native_runtime import ChildProcess, QueueWorker, Runtime
from native_runtime.processes.events import ProcessExited

FOLDER: Final = Path(os.environ["EVENT_BENCHMARK_FOLDER"])
BULK: Final = 2_000
LOOK_AGAIN: Final = 0.05  # seconds; each look costs the app some of what is measured
PATIENCE: Final = 300.0  # seconds
SETTINGS: Final = """
[runtime]
app = "benchmark"
jobs = ["benchmarks.buses.programs.jobs"]

[workers.bench]
processes = 2
"""


class App:
    """What the benchmark asks for."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def link(self) -> str:
        """Of the panel, with its secret."""
        return self._runtime.url

    def flood(self, lines: int) -> None:
        """Start a child that writes so many lines a second."""
        command = ["-m", "benchmarks.buses.programs.flood", str(lines)]
        ChildProcess.python(command, "flood")

    def calm(self) -> None:
        """End it."""
        ChildProcess.stop("flood")

    def fill(self, jobs: int) -> None:
        """Dispatch jobs that nobody runs yet."""
        QueueWorker.down("bench")
        for start in range(0, jobs, BULK):
            trivial.dispatch_many((number,) for number in range(start, min(start + BULK, jobs)))

    def drain(self) -> float:
        """Let the workers run them all. Seconds from the first that is done to the last."""
        waiting = self._waiting()
        QueueWorker.up("bench")
        until = time.monotonic() + PATIENCE
        while self._waiting() == waiting:
            self._rest(until)
        began = time.monotonic()
        while self._waiting():
            self._rest(until)
        return time.monotonic() - began

    def exits(self, count: int, nap: float) -> list[float]:
        """Kill so many children, each after a nap of so many seconds. Seconds until a handler hears of each."""
        ear = Ear()
        leave = self._runtime.on(ProcessExited, lambda _event: ear.hear())
        found = ear.kill_each(_start, count, nap=nap)
        leave()
        return found

    def _rest(self, until: float) -> None:
        if time.monotonic() > until:
            raise TimeoutError(f"jobs are left after {PATIENCE:g} s")
        time.sleep(LOOK_AGAIN)

    def _waiting(self) -> int:
        queue = self._runtime.queue
        counts = queue.driver.counts(now=queue.clock.epoch())
        return sum(each.ready + each.delayed + each.running for each in counts)


def _start(number: int) -> int:
    pid = ChildProcess.start(["sleep", "600"], f"child-{number}").pid
    if pid is None:
        raise RuntimeError(f"child {number} has no pid")
    return pid


def main() -> None:
    """Serve `METHOD JSON-LIST` until stdin ends."""
    config = FOLDER / "workers.toml"
    config.write_text(SETTINGS, "utf-8")
    with Runtime.from_config(config, data_dir=FOLDER / "data") as runtime:
        app = App(runtime)
        print("ready", flush=True)
        for line in sys.stdin:
            request, _, words = line.partition(" ")
            print("done", json.dumps(getattr(app, request)(*json.loads(words))), flush=True)


if __name__ == "__main__":
    main()
