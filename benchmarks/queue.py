"""Queues measured side by side in one run: what SQLite allows, native-runtime, huey, litequeue, rq, dramatiq and celery.

    python -m benchmarks.queue [--quick] [--only NAME,…] [--rows NAME,…] [--json FILE] [--check]

The thorough run takes some 20 minutes; docs/performance.md says what the lines mean, how to install the peers, and
what was seen. Linux only. Ends only what it started, and leaves nothing behind. To be run as a module: as a script,
its folder would come first in the import path, and hide the standard library's `queue`.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from benchmarks.comparison.command import parse, present, report
from benchmarks.comparison.results import Results
from benchmarks.comparison.turns import in_turn
from benchmarks.queues import rows
from benchmarks.queues.backlog import measure_backlog
from benchmarks.queues.goals import COMPARISON, OURS
from benchmarks.queues.peers import PEERS
from benchmarks.queues.plan import QUICK, THOROUGH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.queues.peer import Peer
    from benchmarks.queues.plan import Plan

ROWS: Final = {  # and the line of the table that says so where one fails
    "enqueue": "enqueue",
    "drain2": "drain2",
    "drain4": "drain4",
    "latency": "p50",
    "memory": "idle_rss",
    "start": "start",
    "revival": "revival",
    "backlog": "backlog",
}
BARE: Final = ("enqueue", "drain2", "drain4")  # what can be asked of a table that is no queue yet


class Measurement:
    """One run: what is measured of whom, and how much of it."""

    def __init__(self, peers: Sequence[Peer], plan: Plan) -> None:
        self.results = Results()
        self._peers = peers
        self._plan = plan

    def run(self, row: str) -> None:
        """Measure `row`."""
        peers = [peer for peer in self._peers if peer.is_queue or row in BARE]
        if row == "backlog":
            peers = [peer for peer in peers if peer.name == OURS]
        in_turn(
            ROWS[row],
            peers,
            lambda peer: self._measure(row, peer),
            rounds=self._plan.rounds,
            results=self.results,
        )

    def _measure(self, row: str, peer: Peer) -> None:
        plan, results = self._plan, self.results
        match row:
            case "enqueue":
                rows.measure_enqueue(peer, plan, results)
            case "drain2":
                busy = rows.measure_drain(row, peer, 2, plan, results)
                if peer.library.workers is None:  # they belong to the app
                    results.add("app_busy", peer.name, busy)
            case "drain4":
                rows.measure_drain(row, peer, 4, plan, results)
            case "latency":
                rows.measure_latency(peer, plan, results)
            case "memory":
                rows.measure_memory(peer, plan, results)
            case "start":
                rows.measure_start(peer, plan, results)
            case "revival":
                if peer.name not in results.failures[row]:  # who is too late once is not asked again
                    rows.measure_revival(peer, plan, results)
            case _:
                measure_backlog(peer, plan, results)


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; returns the exit code: 1 only for a missed goal under --check."""
    asked = parse(arguments, doc=__doc__, peers=PEERS, rows=list(ROWS))
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
