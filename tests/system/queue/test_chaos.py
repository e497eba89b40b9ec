"""Workers and the app itself are killed at random while jobs are dispatched: none is lost, next to none runs twice."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import suppress
from itertools import pairwise
from textwrap import dedent
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime import JobHandle, connect
from native_runtime.queue import scoreboard
from tests.support.chaos_jobs import APP, EFFECTS, Effect, read_effects
from tests.support.processes import wait_until_gone
from tests.support.programs import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOBS = int(os.environ.get("CHAOS_JOBS", "2000"))
APP_KILLS = int(os.environ.get("CHAOS_APP_KILLS", "2"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.randrange(1, 1_000_000)
PATIENCE = 60.0 + JOBS / 50  # seconds for everything
WORKERS = 3
CONFIG = f"""
    [runtime]
    jobs = ["tests.support.chaos_jobs"]
    data_dir = "data"

    [workers.default]
    processes = {WORKERS}
    sleep = 0.05
    restart = {{ delay = 0, max_delay = 0.05, max_restarts = 1000000 }}
"""

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="a killed process ends by a signal only on POSIX"
)


class Chaos:
    """An app, a feeder, and everything that was done to them."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "workers.toml"
        self.config.write_text(dedent(CONFIG))
        self.folder = folder
        self.effects = folder / "effects"
        self.ids = folder / "ids"
        self.dice = random.Random(SEED)
        self.killed_workers: set[int] = set()
        self.killed_apps: set[int] = set()
        self.cut_short: set[tuple[int, str]] = (
            set()
        )  # (pid, job id) of a worker that died while it ran the job
        self._reports: set[str] = set()
        self.feeder = self._feed()
        self.app = self._start_app()
        self._await_ready()

    def run(self) -> None:
        """Kill at random until every job has left its line."""
        end = time.monotonic() + PATIENCE
        app_kills_at = [JOBS * (number + 1) // (APP_KILLS + 1) for number in range(APP_KILLS)]
        seen = -1
        while (done := len({effect.job_id for effect in read_effects(self.effects)})) < JOBS:
            assert time.monotonic() < end, f"only {done} of {JOBS} jobs left a line"
            assert self.app.poll() is None, "the app ended by itself"
            time.sleep(self.dice.uniform(0.05, 0.3))
            if done == seen:
                continue  # on a busy machine all would die before their first job, for ever
            seen = done
            if app_kills_at and done >= app_kills_at[0]:
                app_kills_at.pop(0)
                self._kill_app()
            else:
                self._kill_a_worker()
            self._read_reports()

    def wait_for_calm(self) -> Counter[str]:
        """Kill nothing any more, and wait until every job is over: how many ended in which state."""
        assert self.feeder.wait(PATIENCE) == 0
        end = time.monotonic() + PATIENCE
        with connect(self.config):
            handles = [JobHandle.find(job_id) for job_id in self.ids.read_text().split()]
            assert None not in handles
            open_handles = [handle for handle in handles if handle is not None]
            states: Counter[str] = Counter()
            while open_handles:
                assert time.monotonic() < end, f"{len(open_handles)} jobs are not over: {open_handles[:5]}"
                looked_at = [(handle, handle.status) for handle in open_handles]
                states.update(str(state) for _, state in looked_at if state.is_over)
                open_handles = [handle for handle, state in looked_at if not state.is_over]
        self._read_reports()
        return states

    def doubles(self) -> Iterator[tuple[Effect, Effect]]:
        """Each run of a job beyond its first, behind the run before it."""
        runs: dict[str, list[Effect]] = defaultdict(list)
        for effect in read_effects(self.effects):
            runs[effect.job_id].append(effect)
        for several in runs.values():
            yield from pairwise(several)

    def close(self) -> None:
        for process in (self.feeder, self.app):
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _feed(self) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROGRAMS / "feeds_jobs.py"), str(self.config), str(JOBS), str(SEED)]
        with self.ids.open("w") as file:
            return subprocess.Popen(command, stdout=file, env=self._environ(), text=True)

    def _start_app(self) -> subprocess.Popen[str]:
        command = [sys.executable, str(PROGRAMS / "app_in_chaos.py"), str(self.config)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, env=self._environ(), text=True)

    def _await_ready(self) -> None:
        assert self.app.stdout is not None
        assert self.app.stdout.readline() == "ready\n"

    def _environ(self) -> dict[str, str]:
        root = str(PROGRAMS.parents[1])
        kept = {name: value for name, value in os.environ.items() if name != APP}
        return {**kept, "PYTHONPATH": root, EFFECTS: str(self.effects)}

    def _kill_app(self) -> None:
        workers = self._workers()
        self.app.kill()
        self.app.wait()
        assert self.app.stdout is not None
        self.app.stdout.close()
        self.killed_apps.add(self.app.pid)
        self.app = self._start_app()  # at once, beside workers that may still be dying
        wait_until_gone(*(worker.pid for worker in workers))
        self._read_scoreboards()
        self._await_ready()

    def _kill_a_worker(self) -> None:
        workers = self._workers()
        if workers:
            victim = self.dice.choice(workers)
            with suppress(psutil.NoSuchProcess):
                victim.kill()
                self.killed_workers.add(victim.pid)

    def _workers(self) -> list[psutil.Process]:
        found = []
        for process in psutil.Process(self.app.pid).children():
            with suppress(psutil.Error):
                if "queue:work" in process.cmdline():
                    found.append(process)
        return sorted(found, key=lambda process: process.pid)

    def _read_scoreboards(self) -> None:
        """What the workers of a dead app were at: nobody was there to write a report."""
        for path in (self.folder / "data" / "run").glob("*.board"):
            reading = scoreboard.read(path)
            if reading is not None and reading.is_busy:
                self.cut_short.add((reading.pid, reading.job_id))

    def _read_reports(self) -> None:
        for path in (self.folder / "data" / "crashes").glob("*.json"):
            if path.name not in self._reports:
                with suppress(ValueError, OSError):  # it is just being written: next time
                    report = json.loads(path.read_text("utf-8"))
                    self._reports.add(path.name)
                    if report["job"] is not None:
                        self.cut_short.add((report["pid"], report["job"]["id"]))


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[Chaos]:
    made = Chaos(tmp_path)
    yield made
    made.close()


def test_jobs_survive_random_kills_of_their_workers_and_of_the_app(chaos: Chaos) -> None:
    print(f"CHAOS_SEED={SEED}")
    began = time.monotonic()
    chaos.run()
    states = chaos.wait_for_calm()
    doubles = list(chaos.doubles())
    with_app = [first for first, _ in doubles if first.pid not in chaos.killed_workers]
    in_mid_job = [first for first, _ in doubles if (first.pid, first.job_id) in chaos.cut_short]
    kills = len(chaos.killed_workers) + len(chaos.killed_apps) * WORKERS
    print(
        f"{JOBS} jobs, {len(chaos.killed_workers)} workers killed, {len(chaos.killed_apps)} app kills, "
        f"{len(doubles)} run twice ({len(with_app)} as the app was killed; "
        f"{len(in_mid_job)} were killed between their last act and their return), "
        f"{time.monotonic() - began:.1f} s"
    )
    assert states == {"success": JOBS}
    for first, again in doubles:
        assert first.pid in chaos.killed_workers or first.app in chaos.killed_apps, (first, again)
        assert again.attempt > first.attempt, (first, again)
    assert len(doubles) - len(in_mid_job) <= max(1, math.ceil(kills / 100)), doubles
