"""Who is left: when the supervisor is killed, when a child with descendants crashes, and when it is stopped."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Final

from benchmarks.comparison import procfs
from benchmarks.supervisors.trial import trial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.comparison.results import Results
    from benchmarks.supervisors.peer import Peer

CHILDREN: Final = 4
CRASHES: Final = 2
SETTLE: Final = 1.0  # seconds given to a supervisor before survivors are counted
PATIENCE: Final = 2.5  # seconds after a stop; every supervisor kills after one
LOOK_AGAIN: Final = 0.05


def measure_kill(peer: Peer, program: Path, results: Results) -> None:
    """Kill the supervisor, count its children a second later; start it again, count each child's copies."""
    with trial(peer, program, children=CHILDREN) as running:
        children = [pid for report in running.up() for pid in report]
        time.sleep(SETTLE)
        os.kill(running.session.pid, signal.SIGKILL)
        time.sleep(SETTLE)
        results.add("killed", peer.name, sum(map(procfs.is_alive, children)))
        running.reopen()
        running.session.up()
        time.sleep(2 * SETTLE)
        results.add("copies", peer.name, running.copies() / CHILDREN)


def measure_tree(peer: Peer, program: Path, results: Results) -> None:
    """Crash a child that has two descendants, twice; then stop its second replacement."""
    with trial(peer, program) as running:
        ((child, *descendants),) = running.up()
        left_behind: list[int] = []
        for _ in range(CRASHES):
            time.sleep(SETTLE)  # a moment in which it can change its session, and be old enough for everybody
            os.kill(child, signal.SIGKILL)
            left_behind += descendants
            child, *descendants = running.reports.next()
        time.sleep(SETTLE)
        results.add("crash_left", peer.name, sum(map(procfs.is_alive, left_behind)))
        running.session.stop(running.names[0])
        results.add("stop_left", peer.name, _left([child, *descendants]))


def _left(pids: Sequence[int]) -> int:
    until = time.monotonic() + PATIENCE
    while (left := sum(map(procfs.is_alive, pids))) and time.monotonic() < until:
        time.sleep(LOOK_AGAIN)
    return left
