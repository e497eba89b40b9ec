"""Draws what was recorded as an SVG: jobs that wait above, processes below, over the same time."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WIDTH: Final = 860
HEIGHT: Final = 440
LEFT: Final = 70
RIGHT: Final = 24
JOBS: Final = (80, 226)  # top and bottom of the upper panel
PROCESSES: Final = (272, 392)  # of the lower one
TICKS: Final = 6

STYLE: Final = """
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-size: 15px; font-weight: 600 }
  .soft { fill: #666 }
  .number { text-anchor: end } .moment { text-anchor: middle }
  .background { fill: #fff }
  .grid { stroke: #ddd } .axis { stroke: #999 }
  .jobs { fill: #2f6fb2; fill-opacity: .25; stroke: #2f6fb2; stroke-width: 1.5 }
  .wanted { fill: none; stroke: #b2561c; stroke-width: 2.5 }
  .ready { fill: #b2561c; fill-opacity: .18 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .soft { fill: #aaa } .background { fill: #15181c } .grid { stroke: #333 } .axis { stroke: #777 }
    .jobs { fill: #6fa8e0; stroke: #6fa8e0 } .wanted { stroke: #e8914f } .ready { fill: #e8914f }
  }
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look.

    Attributes:
        at: Seconds since the burst began.
        waiting: Jobs that nobody has begun.
        wanted: Processes that there should be.
        ready: Processes that take jobs.
    """

    at: float
    waiting: int
    wanted: int
    ready: int


def draw(samples: Sequence[Sample], *, title: str, subtitle: str) -> str:
    """The whole file.

    Args:
        samples: In order, at least one.
        title: One line.
        subtitle: Another, with the figures.
    """
    across = _scale(0, samples[-1].at, LEFT, WIDTH - RIGHT)
    most_jobs = _round_up(max(sample.waiting for sample in samples))
    most_processes = max(max(sample.wanted, sample.ready) for sample in samples)
    up = _scale(0, most_jobs, JOBS[1], JOBS[0])
    high = _scale(0, most_processes, PROCESSES[1], PROCESSES[0])
    waiting = [(across(each.at), up(each.waiting)) for each in samples]
    wanted = _steps([(across(each.at), high(each.wanted)) for each in samples])
    ready = _steps([(across(each.at), high(each.ready)) for each in samples])
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
                f' aria-label="{escape(f"{title}: {subtitle}")}">'
            ),
            f"<style>{STYLE}</style>",
            f'<rect class="background" width="{WIDTH}" height="{HEIGHT}"/>',
            _text(LEFT, 24, title, "title"),
            _text(LEFT, 42, subtitle, "soft"),
            *_ruled("jobs that wait", JOBS, up, [0, most_jobs / 2, most_jobs]),
            *_ruled(
                "processes: wanted (line) and ready (area)", PROCESSES, high, list(range(most_processes + 1))
            ),
            *_moments(samples[-1].at, across),
            _area("jobs", waiting, JOBS[1]),
            _area("ready", ready, PROCESSES[1]),
            f'<polyline class="wanted" points="{_points(wanted)}"/>',
            "</svg>\n",
        ]
    )


def _ruled(
    name: str, span: tuple[int, int], height: Callable[[float], float], values: Sequence[float]
) -> Iterator[str]:
    yield _text(LEFT, span[0] - 8, name, "soft")
    for value in values:
        y = height(value)
        kind = "axis" if value == 0 else "grid"
        yield f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 8, y + 4, f"{value:,.0f}", "number")


def _moments(end: float, across: Callable[[float], float]) -> Iterator[str]:
    step = next(each for each in (0.5, 1, 2, 5, 10, 30, 60, 300, 3600) if end / each <= 2 * TICKS)
    for number in range(int(end / step) + 1):
        yield _text(across(number * step), PROCESSES[1] + 20, f"{number * step:g}", "moment")
    yield _text((LEFT + WIDTH - RIGHT) / 2, PROCESSES[1] + 38, "seconds since the burst", "soft moment")


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _area(kind: str, line: Sequence[tuple[float, float]], ground: float) -> str:
    closed = [(line[0][0], ground), *line, (line[-1][0], ground)]
    return f'<polygon class="{kind}" points="{_points(closed)}"/>'


def _points(line: Sequence[tuple[float, float]]) -> str:
    # Points in the middle of a straight stretch say nothing.
    bends = [
        point
        for before, point, after in zip(line, line[1:], line[2:], strict=False)
        if not before[1] == point[1] == after[1]
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in (line[0], *bends, line[-1]))


def _steps(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same, holding each value until the next."""
    return [line[0], *(point for before, after in pairwise(line) for point in ((after[0], before[1]), after))]


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / ((high - low) or 1.0) * (end - start)


def _round_up(value: int) -> int:
    step = int("1" + "0" * (len(str(value)) - 1))
    return max(1, -(-value // step) * step)
