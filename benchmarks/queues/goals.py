"""What native-runtime is held to beside other queues, and what SQLite allows."""

from __future__ import annotations

from typing import Final

from benchmarks.comparison.goals import Comparison, Goal, Yardstick, at
from benchmarks.queues.lines import LINES

OURS: Final = "native-runtime"
REFERENCE: Final = "raw SQLite"

GOALS: Final = (
    Goal("enqueue", at(20_000), "≥ 20,000"),
    Goal("bulk", at(150_000), "≥ 150,000"),
    Goal("drain2", at(50_000), "≥ 50,000"),
    Goal("drain2", lambda best: 5 * best, "≥ 5 × the best peer", by=Yardstick.BEST_PEER),
    Goal("drain2", lambda limit: limit / 3, "≥ 1/3 of raw SQLite", by=Yardstick.REFERENCE),
    Goal("app_busy", at(10), "< 10"),
    Goal("p50", at(1), "≤ 1"),
    Goal("p99", at(4), "≤ 4"),
    Goal("idle_rss", at(20), "≤ 20"),
    Goal("growth", at(1), "≤ 1"),
    Goal("start", at(80), "≤ 80"),
    Goal("start_ratio", at(4), "≤ 4"),
    Goal("revival", at(150), "≤ 150", max),
    Goal("backlog", at(1.2), "≤ 1.2"),
)
COMPARISON: Final = Comparison(ours=OURS, reference=REFERENCE, lines=LINES, goals=GOALS)
