"""Supervision measured side by side in one run: a bare loop, native-runtime, supervisord, circus, PM2, s6 and runit.

    python benchmarks/supervision.py [--quick] [--only NAME,…] [--rows NAME,…] [--json FILE] [--check]

The thorough run takes some 25 minutes; docs/performance.md says what the lines mean, how to install the
peers, and what was seen. Linux only. Ends only what it started, and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.supervisors.circus import Circus
from benchmarks.supervisors.crowd import measure_crowd
from benchmarks.supervisors.flood import measure_burst, measure_flood
from benchmarks.supervisors.goals import OURS, REFERENCE, outcomes, sentence
from benchmarks.supervisors.in_app import InApp
from benchmarks.supervisors.plan import QUICK, THOROUGH
from benchmarks.supervisors.pm2 import Pm2
from benchmarks.supervisors.program import make_programs
from benchmarks.supervisors.restarts import OLDER, YOUNG, measure_restarts
from benchmarks.supervisors.results import Results
from benchmarks.supervisors.service_folders import RUNIT, S6, ServiceFolders
from benchmarks.supervisors.storm import measure_storm
from benchmarks.supervisors.supervisord import Supervisord
from benchmarks.supervisors.survivors import measure_kill, measure_tree
from benchmarks.supervisors.table import document, load_warning, markdown

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
        """What would disturb one another: one supervisor after the other, and round again."""
        for _ in range(self._plan.rounds):
            for peer in self._peers:
                self._try(line, measure, peer)

    def _together(self, line: str, measure: Callable[[Peer], None]) -> None:
        """What is no matter of speed: all supervisors at once."""
        for _ in range(self._plan.repeats):
            with ThreadPoolExecutor(max_workers=len(PEERS)) as threads:
                for peer in self._peers:
                    threads.submit(self._try, line, measure, peer)

    def _try(self, line: str, measure: Callable[[Peer], None], peer: Peer) -> None:
        try:
            measure(peer)
        except (OSError, RuntimeError) as error:  # of one supervisor; the others go on
            self.results.fail(line, peer.name, str(error))
            print(f"{line}: {peer.name}: {error}", file=sys.stderr)


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; returns the exit code: 1 only for a missed goal under --check."""
    asked = _parse(arguments)
    plan = QUICK if asked.quick else THOROUGH
    peers = _present([peer for peer in PEERS if peer.name in asked.only])
    with tempfile.TemporaryDirectory(prefix="programs-") as folder:
        programs = make_programs(Path(folder))
        if not programs.compiled:
            print("no C compiler: the tiny child is a shell script", file=sys.stderr)
        measurement = Measurement(peers, programs, plan)
        for row in asked.rows:
            began = time.monotonic()
            measurement.run(row)
            print(f"{row}: measured in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return _report(measurement.results, [peer.name for peer in peers], plan, asked)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="under a minute; the figures are only a hint")
    parser.add_argument("--only", type=_choice(names), default=names, help=f"of {', '.join(names)}")
    parser.add_argument("--rows", type=_choice(ROWS), default=ROWS, help=f"of {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, help="write everything there, samples included")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    return parser.parse_args(arguments)


def _choice(known: Sequence[str]) -> Callable[[str], list[str]]:
    def choice(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"expected some of {', '.join(known)}; got {', '.join(unknown)}")
        return [name for name in known if name in chosen]

    return choice


def _present(peers: Sequence[Peer]) -> list[Peer]:
    warning = load_warning()
    if warning:
        print(warning, file=sys.stderr)
    present = []
    for peer in peers:
        reason = peer.absent()
        if reason is None:
            present.append(peer)
        else:
            print(f"{peer.name}: skipped, {reason}", file=sys.stderr)
    return present


def _report(results: Results, names: Sequence[str], plan: Plan, asked: argparse.Namespace) -> int:
    print(*markdown(results, names), sep="\n")
    goals = outcomes(results, names)
    print("", *map(sentence, goals), sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps(document(results, names, plan), indent=1), "utf-8")
    return int(asked.check and not all(goal.met for goal in goals))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
