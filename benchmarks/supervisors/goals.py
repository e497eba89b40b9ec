"""What native-runtime is held to: against the bare loop and the best peer of the same run. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.supervisors.results import LINES, number, percentile95

if TYPE_CHECKING:
    from benchmarks.supervisors.results import Results

OURS: Final = "native-runtime"
REFERENCE: Final = "bare loop"
STARTS_BY_POLICY: Final = 11  # the default policy allows ten restarts in a minute


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a line of the table.

    Attributes:
        line: Which.
        limit: The greatest value allowed, or the least where more is better; from the bare loop's value.
        words: The limit, for people.
        is_relative: It needs the bare loop's value.
        of: Sums up samples.
    """

    line: str
    limit: Callable[[float], float]
    words: str
    of: Callable[[Sequence[float]], float] = statistics.median
    is_relative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A goal in this run.

    Attributes:
        goal: As text, the line's title included.
        value: Ours.
        met: The bound holds.
        to_reference: Ours divided by the bare loop's, or None where that says nothing.
        best_peer: The best of the others and its value; None where there is no better or worse.
        ahead: No peer's is better.
    """

    goal: str
    value: float
    met: bool
    to_reference: float | None
    best_peer: tuple[str, float] | None
    ahead: bool


def at(bound: float) -> Callable[[float], float]:
    """The same bound, whatever the reference."""
    return lambda _reference: bound


GOALS: Final = (
    Goal("restart", at(2.5), "median ≤ 2.5"),
    Goal("restart", lambda reference: 1.3 * reference + 1, "median ≤ 1.3 × bare loop + 1", is_relative=True),
    Goal("restart", at(5), "p95 ≤ 5", percentile95),
    Goal("young", at(3), "median ≤ 3"),
    Goal("young", at(6), "p95 ≤ 6", percentile95),
    Goal("python", lambda reference: 1.1 * reference, "median ≤ 1.1 × bare loop", is_relative=True),
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


def outcomes(results: Results, peers: Sequence[str]) -> list[Outcome]:
    """Every goal whose line was measured, of native-runtime and of whatever the goal compares it with."""
    return [
        _outcome(goal, results, peers)
        for goal in GOALS
        if results.of(goal.line, OURS) and (results.of(goal.line, REFERENCE) or not goal.is_relative)
    ]


def _outcome(goal: Goal, results: Results, peers: Sequence[str]) -> Outcome:
    line = LINES[goal.line]
    sign = line.direction or 1
    values = {peer: goal.of(samples) for peer in peers if (samples := results.of(goal.line, peer))}
    ours, reference = values[OURS], values.get(REFERENCE)
    others = [(name, value) for name, value in values.items() if name not in {OURS, REFERENCE}]
    best = min(others, key=lambda other: sign * other[1], default=None) if line.direction else None
    return Outcome(
        goal=f"{line.title}: {goal.words}",
        value=ours,
        met=sign * ours <= sign * goal.limit(reference or 0.0),
        to_reference=ours / reference if reference and line.is_ratio_telling else None,
        best_peer=best,
        ahead=best is None or sign * ours <= sign * best[1],
    )


def sentence(outcome: Outcome) -> str:
    """An outcome in a line."""
    words = [f"{'met   ' if outcome.met else 'MISSED'}  {outcome.goal}: {number(outcome.value)}"]
    if outcome.to_reference is not None:
        words.append(f"{outcome.to_reference:.2f} × {REFERENCE}")
    if outcome.best_peer is not None:
        name, value = outcome.best_peer
        words.append(f"{'ahead of' if outcome.ahead else 'BEHIND'} {name} ({number(value)})")
    return ", ".join(words)
