"""Supervision measured side by side in one run: a bare loop, native-runtime, supervisord, circus, PM2, s6 and runit.

    python -m benchmarks.supervision [--quick] [--only NAME,…] [--rows NAME,…] [--json FILE] [--check]

The thorough run takes some 25 minutes; docs/performance.md says what the lines mean, how to install the
peers, and what was seen. Linux only. Ends only what it started, and leaves nothing behind.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.comparison.command import parse, present, report
from benchmarks.comparison.results import Results
from benchmarks.comparison.turns import attempt, in_turn
from benchmarks.supervisors.circus import Circus
from benchmarks.supervisors.crowd import measure_crowd
from benchmarks.supervisors.flood import measure_burst, measure_flood
from benchmarks.supervisors.goals import COMPARISON, OURS, REFERENCE
from benchmarks.supervisors.in_app import InApp
from benchmarks.supervisors.plan import QUICK, THOROUGH
from benchmarks.supervisors.pm2 import Pm2
from benchmarks.supervisors.program import make_programs
from benchmarks.supervisors.restarts import OLDER, YOUNG, measure_restarts
from benchmarks.supervisors.service_folders import RUNIT, S6, ServiceFolders
from benchmarks.supervisors.storm import measure_storm
from benchmarks.supervisors.supervisord import Supervisord
from benchmarks.supervisors.survivors import measure_kill, measure_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.supervisors.peer import Peer
    from benchmarks.supervisors.plan import Plan
    from benchmarks.supervisors.program import Programs

PEERS: Final[tuple[Peer, ...]] = (
    InApp(REFERENCE, "reference_loop.py"),
    InApp(OURS, "native_host.py"),
    Supervisord(),
    Circus(),
    Pm2(),
    ServiceFolders("s6", S6),
    ServiceFolders("runit", RUNIT),
)
ROWS: Final = ("restart", "young", "python", "crowd", "output", "killed", "tree", "starts")


class Measurement:
    """One run: what is measured of whom, and how much of it."""

    def __init__(self, peers: Sequence[Peer], programs: Programs, plan: Plan) -> None:
        self.results = Results()
        self._peers = peers
        self._programs = programs
        self._plan = plan

    def run(self, row: str) -> None:
        """Measure `row`."""
        programs, plan, results = self._programs, self._plan, self.results
        match row:
            case "restart":
                self._restarts(row, programs.tiny, plan.restarts, OLDER)
            case "young":
                self._restarts(row, programs.tiny, plan.young, YOUNG)
            case "python":
                self._restarts(row, programs.python, plan.restarts, OLDER)
            case "crowd":
                self._in_turn("up", lambda peer: measure_crowd(peer, programs.tiny, plan, results))
            case "output":
                self._output()
            case "killed":
                self._together(row, lambda peer: measure_kill(peer, programs.tiny, results))
            case "tree":
                self._together("crash_left", lambda peer: measure_tree(peer, programs.tree, results))
            case _:
                self._in_turn(row, lambda peer: measure_storm(peer, programs.exits, plan, results))

    def _restarts(self, line: str, program: Path, samples: int, ages: tuple[float, float]) -> None:
        measure_restarts(line, self._peers, program, self.results, samples=samples, ages=ages)

    def _output(self) -> None:
        floods, bursts = self._programs.floods, self._programs.bursts
        if floods is None or bursts is None:
            print("output: skipped, no C compiler: a script does not write fast enough", file=sys.stderr)
            return
        self._in_turn("output", lambda peer: measure_flood(peer, floods, self._plan, self.results))
        self._together("lost", lambda peer: measure_burst(peer, bursts, self.results))

    def _in_turn(self, line: str, measure: Callable[[Peer], None]) -> None:
        in_turn(line, self._peers, measure, rounds=self._plan.rounds, results=self.results)

    def _together(self, line: str, measure: Callable[[Peer], None]) -> None:
        """What is no matter of speed: all supervisors at once."""
        for _ in range(self._plan.repeats):
            with ThreadPoolExecutor(max_workers=len(PEERS)) as threads:
                for peer in self._peers:
                    threads.submit(attempt, line, peer, measure, results=self.results)


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; returns the exit code: 1 only for a missed goal under --check."""
    asked = parse(arguments, doc=__doc__, peers=PEERS, rows=ROWS)
    plan = QUICK if asked.quick else THOROUGH
    peers = present([peer for peer in PEERS if peer.name in asked.only])
    with tempfile.TemporaryDirectory(prefix="programs-") as folder:
        programs = make_programs(Path(folder))
        if not programs.compiled:
            print("no C compiler: the tiny child is a shell script", file=sys.stderr)
        measurement = Measurement(peers, programs, plan)
        for row in asked.rows:
            began = time.monotonic()
            measurement.run(row)
            print(f"{row}: measured in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return report(COMPARISON, measurement.results, [peer.name for peer in peers], plan, asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
