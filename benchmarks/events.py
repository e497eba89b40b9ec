"""Events measured side by side in one run: a bare loop, native-runtime, blinker and pyee; and a panel in Chromium.

    python -m benchmarks.events [--quick] [--only NAME,…] [--rows NAME,…] [--json FILE] [--check]

The thorough run takes some 8 minutes; docs/performance.md says what the lines mean, how to install the peers, and what
was seen. Linux only. Ends only what it started, and leaves nothing behind.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from benchmarks.buses import attack, page, rows
from benchmarks.buses.goals import COMPARISON, OURS
from benchmarks.buses.peer import PEERS
from benchmarks.buses.plan import QUICK, THOROUGH
from benchmarks.comparison.command import parse, present, report
from benchmarks.comparison.results import Results
from benchmarks.comparison.turns import in_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.buses.peer import Peer
    from benchmarks.buses.plan import Plan

ROWS: Final = {  # and the line of the table that says so where one fails
    "exits": "exit_p50",
    "attack": "attacked_p50",
    "bus": "one",
    "output": "frame_p99",
    "drain": "drain_cpu",
}
WITH_PAGE: Final = ("output", "drain")
OURS_ALONE: Final = ("attack", *WITH_PAGE)


class Measurement:
    """One run: what is measured of whom, and how much of it."""

    def __init__(self, peers: Sequence[Peer], plan: Plan) -> None:
        self.results = Results()
        self._peers = peers
        self._plan = plan

    def run(self, row: str) -> None:
        """Measure `row`."""
        if row in WITH_PAGE and (reason := page.absent()) is not None:
            print(f"{row}: skipped, {reason}", file=sys.stderr)
            return
        in_turn(
            ROWS[row],
            [peer for peer in self._peers if _can(peer, row)],
            lambda peer: self._measure(row, peer),
            rounds=self._plan.rounds,
            results=self.results,
        )

    def _measure(self, row: str, peer: Peer) -> None:
        plan, results = self._plan, self.results
        match row:
            case "exits":
                rows.measure_exits(peer, plan, results)
            case "attack":
                attack.measure_attack(plan, results)
            case "bus":
                rows.measure_bus(peer, plan, results)
            case "output":
                page.measure_flood(plan, results)
            case _:
                page.measure_drain(plan, results)


def _can(peer: Peer, row: str) -> bool:
    return peer.name == OURS if row in OURS_ALONE else peer.is_supervisor or row == "bus"


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; returns the exit code: 1 only for a missed goal under --check."""
    asked = parse(arguments, doc=__doc__, peers=PEERS, rows=tuple(ROWS))
    plan = QUICK if asked.quick else THOROUGH
    peers = present([peer for peer in PEERS if peer.name in asked.only])
    measurement = Measurement(peers, plan)
    for row in asked.rows:
        began = time.monotonic()
        measurement.run(row)
        print(f"{row}: measured in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return report(COMPARISON, measurement.results, [peer.name for peer in peers], plan, asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
