"""Measures how long a worker takes from its start to the end of its first job: from source, and from each build in dist/.

    packaging/worker_start.py [--rounds N] [--limit TIMES]

With a limit the exit code is 1 if the lean executable takes more than so many times as long as the source.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime import connect, environment
from native_runtime.packaging import freeze, settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
JOBS: Final = "first_job"
# A plain file, found on the path that the worker is told: no build holds it.
JOB: Final = """
import time
from native_runtime import job

@job()
def note(path: str) -> None:
    with open(path, "w") as file:
        file.write(repr(time.monotonic()))
"""
ROUNDS: Final = 40


def main(words: Sequence[str]) -> int:
    """Measure; returns 0, or 1 if there is no build, or it is over the limit."""
    parser = argparse.ArgumentParser(
        prog="worker_start", description="Measure the start of a packaged worker."
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is started, in turns")
    parser.add_argument("--limit", type=float, help="of the time from source; more than that fails")
    given = parser.parse_args(words)
    app = settings.read(ROOT)
    worker = freeze.folder(app) / f"{app.worker}{freeze.SUFFIX}"
    if not worker.exists():
        sys.stderr.write(f"worker_start: {worker} is not there; build it: python3 dev.py build\n")
        return 1
    window = freeze.folder(app) / f"{app.name}{freeze.SUFFIX}"
    commands = {
        "source": (sys.executable, "-m", "native_runtime"),
        worker.name: (str(worker),),
        window.name: (str(window),),
    }
    times = measure(commands, given.rounds)
    first = min(times["source"])
    for name, each in times.items():
        print(
            f"{name:20} {min(each):6.1f} / {statistics.median(each):6.1f} ms (least / median), {min(each) / first:.2f} of source"
        )
    ratio = min(times[worker.name]) / first
    if given.limit is not None and ratio > given.limit:
        sys.stderr.write(
            f"worker_start: expected at most {given.limit:g} of the time from source, got {ratio:.2f}\n"
        )
        return 1
    return 0


def measure(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds from the start of a worker to its first job, for each command, started in turns."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{JOBS}.py").write_text(JOB, "utf-8")
        house = House(Path(folder))
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(house.first_job(command))
    return times


class House:
    """A data folder with a queue and a job module."""

    def __init__(self, folder: Path) -> None:
        config = folder / "workers.toml"
        config.write_text(f'[runtime]\napp = "Start"\ndata_dir = "{folder.as_posix()}"\n', "utf-8")
        connect(config)
        self._folder = folder
        self._noted = folder / "noted"
        sys.path.insert(0, str(folder))
        self._job = importlib.import_module(JOBS).note

    def first_job(self, command: Sequence[str]) -> float:
        """Milliseconds from the start of a worker to its first job."""
        self._job.dispatch(str(self._noted))
        told = {
            environment.DATA_DIR: str(self._folder),
            environment.JOBS: JOBS,
            environment.PATH: str(self._folder),
        }
        begun = time.monotonic()
        subprocess.run([*command, "queue:work", "--once"], env={**os.environ, **told}, check=True)
        return (float(self._noted.read_text("utf-8")) - begun) * 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
