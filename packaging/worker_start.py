"""Measures how long a worker takes from its start to the end of its first job: from source, and from each build in dist/.

packaging/worker_start.py [ROUNDS]
"""

from __future__ import annotations

import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import build
import freeze
import settings
from native_runtime import connect, environment

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """Measure; returns 0."""
    rounds = int(words[0]) if words else ROUNDS
    app = settings.read(build.ROOT)
    worker = freeze.folder(app) / f"{app.worker}{freeze.SUFFIX}"
    window = freeze.folder(app) / f"{app.name}{freeze.SUFFIX}"
    commands: dict[str, tuple[str, ...]] = {"source": (sys.executable, "-m", "native_runtime")}
    commands |= {each.name: (str(each),) for each in (worker, window) if each.exists()}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{JOBS}.py").write_text(JOB, "utf-8")
        house = House(Path(folder))
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(house.first_job(command))
    first = min(times["source"])
    for name, each in times.items():
        print(
            f"{name:20} {min(each):6.1f} / {statistics.median(each):6.1f} ms (least / median), {min(each) / first:.2f} of source"
        )
    return 0


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
