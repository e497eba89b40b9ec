"""A burst of jobs for a worker with `processes = { min = 1, max = 4 }`: when processes come, and when they leave.

    python -m benchmarks.autoscale [--jobs N] [--nap SECONDS] [--idle-ttl SECONDS] [--svg FILE] [--json FILE]

Takes some 20 seconds. Prints each change with its reason, and what the app's own process used meanwhile; with --svg
it draws docs/autoscale.svg. The jobs only sleep, so that neither the machine's cores nor its disk say how it goes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.autoscaling.chart import Sample, draw
from benchmarks.autoscaling.jobs import nap
from native_runtime import Runtime
from native_runtime.workers.events import WorkerScaled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LOOK_EVERY: Final = 0.1  # seconds
PATIENCE: Final = 300.0  # seconds until a burst must be over
AFTERWARDS: Final = 1.5  # seconds that are recorded after the worker is as it was
IDLE_FOR: Final = 5.0  # seconds over which an idle app is measured
CONFIG: Final = """\
[runtime]
app = "autoscale"
jobs = ["benchmarks.autoscaling.jobs"]
data_dir = "data"

[workers.burst]
queues = ["burst"]
processes = {{ min = 1, max = 4, scale_up_step = 1, idle_ttl = {idle_ttl:g} }}
"""


class Recording:
    """What happened since the burst began.

    Args:
        runtime: A running one.
        nap: Seconds a job takes.
    """

    def __init__(self, runtime: Runtime, *, nap: float) -> None:
        self.samples: list[Sample] = []
        self.changes: list[WorkerScaled] = []
        self.began = 0.0  # monotonic seconds
        self._runtime = runtime
        self._nap = nap
        runtime.on(WorkerScaled, self.changes.append)

    def run(self, jobs: int) -> float:
        """Hand in so many jobs, and record until the worker is again as it was.

        Returns:
            The share of a core that the app used from the last dispatch until nothing waited any more.
        """
        while not self._sample().ready:
            time.sleep(LOOK_EVERY)
        self.began = time.monotonic()
        feeder = threading.Thread(target=self._feed, args=(jobs,))
        feeder.start()
        self._record_while(lambda _last: feeder.is_alive())
        at, used = time.monotonic(), time.process_time()
        self._record_while(lambda last: last.waiting > 0)
        share = (time.process_time() - used) / (time.monotonic() - at)
        self._record_while(lambda last: last.wanted > 1 or last.ready > 1)
        end = self.samples[-1].at + AFTERWARDS
        self._record_while(lambda last: last.at < end)
        return share

    def _feed(self, jobs: int) -> None:
        for _ in range(jobs):
            nap.dispatch(self._nap)

    def _record_while(self, goes_on: Callable[[Sample], bool]) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            self.samples.append(last := self._sample())
            if not goes_on(last):
                return
            if last.at > PATIENCE:
                raise TimeoutError(f"not over after {PATIENCE:.0f} s: {last}")

    def _sample(self) -> Sample:
        team = self._runtime.workers.team("burst")
        return Sample(
            at=round(time.monotonic() - self.began, 3),
            waiting=self._runtime.queue.driver.claimable(["burst"], most=10**9, now=time.time()),
            wanted=len(team.numbers),
            ready=len(team.busy | team.idle),
        )


def main(arguments: Sequence[str]) -> int:
    """Measure once; returns the exit code."""
    asked = _parse(arguments)
    with tempfile.TemporaryDirectory(prefix="autoscale-") as folder:
        file = Path(folder) / "workers.toml"
        file.write_text(CONFIG.format(idle_ttl=asked.idle_ttl), encoding="utf-8")
        with Runtime.from_config(file, gateway=False) as runtime:
            recording = Recording(runtime, nap=asked.nap)
            share = recording.run(asked.jobs)
            idle = _share_of_core(IDLE_FOR)
    drained = next(each.at for each in reversed(recording.samples) if each.waiting)
    for change in recording.changes:
        print(f"{change.monotonic - recording.began:6.2f} s  {change.processes} processes: {change.reason}")
    print(f"{drained:6.2f} s  nothing waits any more")
    print(f"the app used {share:.1%} of a core while its workers drained, and {idle:.2%} when they were idle")
    if asked.json:
        rows = [asdict(sample) for sample in recording.samples]
        asked.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if asked.svg:
        title = f"{asked.jobs:,} jobs of {asked.nap * 1000:g} ms at once, processes = {{ min = 1, max = 4 }}"
        subtitle = (
            f"drained after {drained:.1f} s; one process would take {asked.jobs * asked.nap:.0f} s at least"
        )
        subtitle += f"; idle_ttl = {asked.idle_ttl:g}"
        asked.svg.write_text(draw(recording.samples, title=title, subtitle=subtitle), encoding="utf-8")
    return 0


def _share_of_core(seconds: float) -> float:
    used = time.process_time()
    time.sleep(seconds)
    return (time.process_time() - used) / seconds


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.autoscale", description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--nap", type=float, default=0.005, help="seconds a job takes")
    parser.add_argument("--idle-ttl", type=float, default=3.0, help="seconds")
    parser.add_argument("--svg", type=Path, help="where to draw the graph")
    parser.add_argument("--json", type=Path, help="where to write what was recorded")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
