"""What was measured: samples by line of the table and by supervisor, and how each line is summed up."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final


def percentile95(samples: Sequence[float]) -> float:
    """The least value that 95 % of the samples do not exceed."""
    return sorted(samples)[math.ceil(0.95 * len(samples)) - 1]


def number(value: float) -> str:
    """As many digits as such measurements are worth."""
    if value == int(value) or value >= 100:  # noqa: PLR2004 - digits
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def tail(samples: Sequence[float]) -> str:
    """Median and 95th percentile."""
    return f"{number(statistics.median(samples))} / {number(percentile95(samples))}"


def spread(samples: Sequence[float]) -> str:
    """Median, and the range around it."""
    middle, low, high = (number(value) for value in (statistics.median(samples), min(samples), max(samples)))
    return middle if low == high else f"{middle} ({low}–{high})"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table.

    Attributes:
        title: What it says, with the unit.
        text: Sums up samples.
        direction: 1 if less is better, -1 if more is, 0 if neither.
        is_ratio_telling: It makes sense to divide by the bare loop's.
    """

    title: str
    text: Callable[[Sequence[float]], str] = spread
    direction: int = 1
    is_ratio_telling: bool = False


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


class Results:
    """Samples, and the reasons where there are none."""

    def __init__(self) -> None:
        self.samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.failures: dict[str, dict[str, str]] = defaultdict(dict)

    def add(self, line: str, peer: str, value: float) -> None:
        """Note one sample."""
        self.samples[line][peer].append(value)

    def fail(self, line: str, peer: str, reason: str) -> None:
        """Note why there is none."""
        self.failures[line][peer] = reason

    def of(self, line: str, peer: str) -> list[float]:
        """The samples; empty if there are none."""
        return self.samples[line][peer] if peer in self.samples.get(line, {}) else []

    def median(self, line: str, peer: str) -> float | None:
        """The median sample, or None."""
        samples = self.of(line, peer)
        return statistics.median(samples) if samples else None
