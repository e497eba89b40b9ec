"""The lines of the table of queues."""

from __future__ import annotations

from typing import Final

from benchmarks.comparison.results import Line

LINES: Final = {
    "enqueue": Line("enqueue one by one: jobs/s", direction=-1, is_ratio_telling=True),
    "bulk": Line("enqueue in bulk: jobs/s", direction=-1, is_ratio_telling=True),
    "drain2": Line("drain, 2 workers: jobs/s", direction=-1, is_ratio_telling=True),
    "drain4": Line("drain, 4 workers: jobs/s", direction=-1, is_ratio_telling=True),
    "app_busy": Line("app while 2 workers drain: % of a core"),
    "p50": Line("dispatch → start on an idle system: median ms"),
    "p99": Line("dispatch → start on an idle system: p99 ms"),
    "idle_rss": Line("worker, idle: resident MB"),
    "idle_pss": Line("worker, idle: proportional MB"),
    "used_rss": Line("worker, after 10,000 jobs: resident MB"),
    "growth": Line("… MB more than idle"),
    "start": Line("worker, exec → first job: ms"),
    "start_ratio": Line("… as a multiple of a bare interpreter"),
    "revival": Line("its process killed -9, a job runs again after: ms"),
    "backlog": Line("time a job takes with 1,000,000 waiting : with 1,000 (--quick: 100,000)"),
}
