"""An app whose gateway is left alone, and then attacked by another process: how soon it hears of a child's end."""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING, Final

from benchmarks.buses.goals import OURS
from benchmarks.buses.peer import PROGRAMS
from benchmarks.buses.rows import program
from benchmarks.comparison import procfs
from benchmarks.comparison.results import percentile

if TYPE_CHECKING:
    from benchmarks.buses.plan import Plan
    from benchmarks.buses.rows import Program
    from benchmarks.comparison.results import Results

PEACE: Final = 0.1  # seconds before each kill: some nine children end in a second


def measure_attack(plan: Plan, results: Results) -> None:
    """Kill children of one app, first in peace, then under attack."""
    with program(sys.executable, [f"{PROGRAMS}.app"]) as app:
        quiet = _exits(app, plan, results, "quiet")
        with program(sys.executable, [f"{PROGRAMS}.attacker"]) as attacker:
            attacker.ask("begin", app.ask("link"))
            cpu, began = procfs.cpu_ms([app.pid]), time.monotonic()
            attacked = _exits(app, plan, results, "attacked")
            busy = (procfs.cpu_ms([app.pid]) - cpu) / (time.monotonic() - began) / 10
            refused = attacker.ask("end")["refused"]
    results.add("attacked_ratio", OURS, attacked / quiet)
    results.add("attacked_cpu", OURS, busy)
    results.add("attacked_refused", OURS, refused)


def _exits(app: Program, plan: Plan, results: Results, when: str) -> float:
    """The median."""
    found = [1000 * seconds for seconds in app.ask("exits", plan.exits, PEACE)]
    median: float = statistics.median(found)
    results.add(f"{when}_p50", OURS, median)
    results.add(f"{when}_p99", OURS, percentile(99, found))
    return median
