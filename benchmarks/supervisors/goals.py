"""What native-runtime is held to beside other supervisors, and a bare loop."""

from __future__ import annotations

from typing import Final

from benchmarks.comparison.goals import Comparison, Goal, Yardstick, at
from benchmarks.comparison.results import percentile95
from benchmarks.supervisors.lines import LINES

OURS: Final = "native-runtime"
REFERENCE: Final = "bare loop"
STARTS_BY_POLICY: Final = 11  # the default policy allows ten restarts in a minute

GOALS: Final = (
    Goal("restart", at(2.5), "median ≤ 2.5"),
    Goal(
        "restart",
        lambda reference: 1.3 * reference + 1,
        "median ≤ 1.3 × bare loop + 1",
        by=Yardstick.REFERENCE,
    ),
    Goal("restart", at(5), "p95 ≤ 5", percentile95),
    Goal("young", at(3), "median ≤ 3"),
    Goal("young", at(6), "p95 ≤ 6", percentile95),
    Goal("python", lambda reference: 1.1 * reference, "median ≤ 1.1 × bare loop", by=Yardstick.REFERENCE),
    Goal("up", at(250), "≤ 250"),
    Goal("idle_cpu", at(2), "≤ 2"),
    Goal("idle_rss", at(30), "≤ 30"),
    Goal("output", at(230), "≥ 230"),
    Goal("lost", at(0), "none", max),
    Goal("flood_memory", at(5), "≤ 5"),
    Goal("killed", at(0), "none", max),
    Goal("copies", at(1), "one", max),
    Goal("crash_left", at(0), "none", max),
    Goal("stop_left", at(0), "none", max),
    Goal("starts", at(STARTS_BY_POLICY), f"≤ {STARTS_BY_POLICY}: what the policy allows", max),
)
COMPARISON: Final = Comparison(ours=OURS, reference=REFERENCE, lines=LINES, goals=GOALS)
