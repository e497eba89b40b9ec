"""What was measured: samples by line of the table and by peer, and how a line is summed up."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass


def percentile(percent: int, samples: Sequence[float]) -> float:
    """The least value that `percent` % of the samples do not exceed."""
    return sorted(samples)[math.ceil(percent / 100 * len(samples)) - 1]


def percentile95(samples: Sequence[float]) -> float:
    """The least value that 95 % of the samples do not exceed."""
    return percentile(95, samples)


def number(value: float) -> str:
    """As many digits as such measurements are worth."""
    if value == int(value) or abs(value) >= 100:  # noqa: PLR2004 - digits
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


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
        is_ratio_telling: It makes sense to divide by the reference's.
    """

    title: str
    text: Callable[[Sequence[float]], str] = spread
    direction: int = 1
    is_ratio_telling: bool = False


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
