"""The lines of the table of supervisors."""

from __future__ import annotations

from typing import Final

from benchmarks.comparison.results import Line, tail

LINES: Final = {
    "restart": Line("restart, tiny child older than 1 s: median / p95 ms", tail, is_ratio_telling=True),
    "young": Line(
        "restart, tiny child killed 0.25–0.65 s after its start: median / p95 ms", tail, is_ratio_telling=True
    ),
    "python": Line("restart, Python child older than 1 s: median / p95 ms", tail, is_ratio_telling=True),
    "up": Line("all children up: ms", is_ratio_telling=True),
    "idle_cpu": Line("idle with them: CPU ms per 10 s"),
    "idle_rss": Line("idle with them: resident MB"),
    "idle_pss": Line("idle with them: proportional MB"),
    "output": Line("output taken in, one line of 100 B a write: MB/s", direction=-1, is_ratio_telling=True),
    "flood_memory": Line("memory at the peak of the flood: MB added"),
    "lost": Line("bytes of a burst of 4 MB missing in the log"),
    "killed": Line("supervisor killed -9: of 4 children left after 1 s"),
    "copies": Line("… and started again: copies of each child"),
    "crash_left": Line("child crashes twice: of 4 TERM-proof grandchildren left"),
    "stop_left": Line("stop of a TERM-proof tree of 3: left"),
    "starts": Line("starts, within the window, of a child that exits at once", direction=0),
}
