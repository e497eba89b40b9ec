"""How fast jobs are stored, worked off, and started: with a real store and real workers in a folder of its own."""

from __future__ import annotations

import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import native_runtime
from native_runtime import environment

if TYPE_CHECKING:
    from collections.abc import Callable

JOBS: Final = 20_000
STARTS: Final = 10
MODULE: Final = "nothing_to_do"
SOURCE: Final = """
from native_runtime import job

@job
def nothing(number: int, text: str) -> None: ...
"""
TEXT: Final = "x" * 80  # makes a payload of about 100 bytes
WORK: Final = (sys.executable, "-m", "native_runtime", "queue:work")


def main() -> None:
    """Print one line per measurement."""
    with tempfile.TemporaryDirectory(prefix="native-runtime-benchmark-") as name:
        folder = Path(name)
        (folder / f"{MODULE}.py").write_text(SOURCE, "utf-8")
        config = folder / "workers.toml"
        config.write_text(f'[runtime]\njobs = ["{MODULE}"]\ndata_dir = "data"\n', "utf-8")
        os.environ[environment.CONFIG] = str(config)
        sys.path.insert(0, str(folder))
        with native_runtime.connect(config):
            measure(importlib.import_module(MODULE).nothing)


def measure(nothing: Any) -> None:
    """Every measurement, each on what the one before has left behind: an empty queue."""
    report(
        "dispatch, one by one",
        JOBS / seconds(lambda: [nothing.dispatch(n, TEXT) for n in range(JOBS)]),
        "jobs/s",
    )
    report("drain, 1 worker", JOBS / seconds(lambda: drain(1)), "jobs/s")
    report(
        "dispatch, in bulk",
        JOBS / seconds(lambda: nothing.dispatch_many((n, TEXT) for n in range(JOBS))),
        "jobs/s",
    )
    report("drain, 2 workers", JOBS / seconds(lambda: drain(2)), "jobs/s")
    report("a worker from exec to the end of its first job", 1000 * first_job(nothing), "ms")


def drain(workers: int) -> None:
    """Run workers until nothing is left, their start-up included."""
    running = [subprocess.Popen([*WORK, "--stop-when-empty"]) for _ in range(workers)]
    codes = [worker.wait() for worker in running]
    if any(codes):
        sys.exit(f"benchmark: a worker ended with {max(codes)}")


def first_job(nothing: Any) -> float:
    """Seconds; the median of several starts."""
    times = []
    for number in range(STARTS):
        job = nothing.dispatch(number, TEXT)
        times.append(seconds(lambda: subprocess.run([*WORK, "--once"], check=True)))
        job.result(timeout=1)
    return statistics.median(times)


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def report(what: str, value: float, unit: str) -> None:
    """One line."""
    print(f"{what:<48}{value:>12,.0f} {unit}", flush=True)


if __name__ == "__main__":
    main()
