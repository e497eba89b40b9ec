"""The lines of the table of events, and what native-runtime is held to."""

from __future__ import annotations

from typing import Final

from benchmarks.comparison.goals import Comparison, Goal, at
from benchmarks.comparison.results import Line

OURS: Final = "native-runtime"
REFERENCE: Final = "bare loop"

LINES: Final = {
    "exit_p50": Line("child killed → handler called: median ms", is_ratio_telling=True),
    "exit_p99": Line("child killed → handler called: p99 ms"),
    "quiet_p50": Line("… of an app with a gateway and workers, left alone: median ms"),
    "quiet_p99": Line("… of an app with a gateway and workers, left alone: p99 ms"),
    "attacked_p50": Line("… of the same app while its gateway is attacked: median ms"),
    "attacked_p99": Line("… of the same app while its gateway is attacked: p99 ms"),
    "attacked_ratio": Line("… attacked : left alone, medians"),
    "attacked_cpu": Line("… attacked: app, % of a core"),
    "attacked_refused": Line("… attacked: requests refused a second", direction=0),
    "one": Line("events to 1 handler: events/s", direction=-1, is_ratio_telling=True),
    "ten": Line("events to 10 handlers: events/s", direction=-1, is_ratio_telling=True),
    "publish": Line("the publisher's share, 1 handler: µs an event"),
    "frame_p50": Line("50,000 lines/s, panel open: frame, median ms"),
    "frame_p99": Line("50,000 lines/s, panel open: frame, p99 ms"),
    "log_p50": Line("… and their log followed in the panel: frame, median ms"),
    "log_p99": Line("… and their log followed in the panel: frame, p99 ms"),
    "page_cpu": Line("50,000 lines/s, panel open: app, % of a core"),
    "page_growth": Line("50,000 lines/s, panel open: app, MB more than before"),
    "drain": Line("2 workers drain trivial jobs, panel open: jobs/s", direction=-1),
    "drain_cpu": Line("2 workers drain trivial jobs, panel open: app, % of a core"),
    "drain_told": Line("2 workers drain trivial jobs, panel open: events to the page a second"),
    "drain_frame": Line("2 workers drain trivial jobs, panel open: frame, p99 ms"),
}
GOALS: Final = (
    Goal("exit_p50", at(5), "≤ 5"),
    Goal("exit_p99", at(20), "≤ 20"),
    Goal("attacked_ratio", at(2), "≤ 2"),
    Goal("one", at(20_000), "≥ 20,000"),
    Goal("frame_p99", at(50), "≤ 50"),
    Goal("log_p50", at(17), "≤ 17"),
    Goal("log_p99", at(50), "≤ 50"),
    Goal("page_growth", at(20), "≤ 20"),
    Goal("drain_cpu", at(50), "≤ 50"),
    Goal("drain_told", at(500), "≤ 500"),
)
COMPARISON: Final = Comparison(ours=OURS, reference=REFERENCE, lines=LINES, goals=GOALS)
