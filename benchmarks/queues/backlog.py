"""Whether a job costs more while very many others wait."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from benchmarks.queues.trial import trial

if TYPE_CHECKING:
    from benchmarks.comparison.results import Results
    from benchmarks.queues.peer import Peer
    from benchmarks.queues.plan import Plan
    from benchmarks.queues.trial import Trial

FEW: Final = 1_000
SKIPPED: Final = 200  # jobs at either end of a sample: the worker is starting, or running dry


def measure_backlog(peer: Peer, plan: Plan, results: Results) -> None:
    """Time jobs with few and with `plan.backlog` others waiting, by turns, each time with a fresh worker."""
    room = 2 * plan.backlog
    with trial(peer, workers=1, room=room) as small, trial(peer, workers=1, room=room) as great:
        great.ask("fill", 0, plan.backlog)
        few, many = [], []
        for number in range(plan.pairs):
            small.ask("fill", number * FEW, (number + 1) * FEW)
            few.append(_seconds_a_job(small))
            many.append(_seconds_a_job(great))
        results.add("backlog", peer.name, statistics.median(many) / statistics.median(few))


def _seconds_a_job(running: Trial) -> float:
    """With a worker that runs the next `FEW` jobs, or some more."""
    first = running.tally.reached()
    running.start_workers()
    running.tally.wait_until_reached(first + FEW)
    running.stop_workers()
    times = running.tally.starts(first, first + FEW)[SKIPPED:-SKIPPED]
    return (times[-1] - times[0]) / (len(times) - 1)
