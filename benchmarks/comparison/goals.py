"""What native-runtime is held to: fixed bounds, and the reference and the best peer of the same run. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from benchmarks.comparison.results import Line, number

if TYPE_CHECKING:
    from benchmarks.comparison.results import Results


class Yardstick(StrEnum):
    """What a goal is measured by."""

    NUMBER = "number"
    REFERENCE = "reference"
    BEST_PEER = "best peer"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a line of the table.

    Attributes:
        line: Which.
        limit: The greatest value allowed, or the least where more is better; from the yardstick's value.
        words: The limit, for people.
        of: Sums up samples.
        by: Whose value the limit needs.
    """

    line: str
    limit: Callable[[float], float]
    words: str
    of: Callable[[Sequence[float]], float] = statistics.median
    by: Yardstick = Yardstick.NUMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is compared, and how.

    Attributes:
        ours: The peer whose goals these are.
        reference: The peer that shows what the machine allows; it competes with nobody.
        lines: Of the table, by key.
        goals: What ours is held to.
    """

    ours: str
    reference: str
    lines: Mapping[str, Line]
    goals: Sequence[Goal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A goal in this run.

    Attributes:
        goal: As text, the line's title included.
        value: Ours.
        met: The bound holds.
        to_reference: Ours divided by the reference's, or None where that says nothing.
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
    """The same bound, whatever the yardstick."""
    return lambda _value: bound


def outcomes(comparison: Comparison, results: Results, peers: Sequence[str]) -> list[Outcome]:
    """Every goal whose line was measured, of ours and of whatever the goal compares it with."""
    found = (_outcome(goal, comparison, results, peers) for goal in comparison.goals)
    return [outcome for outcome in found if outcome is not None]


def _outcome(goal: Goal, comparison: Comparison, results: Results, peers: Sequence[str]) -> Outcome | None:
    line = comparison.lines[goal.line]
    sign = line.direction or 1
    values = {peer: goal.of(samples) for peer in peers if (samples := results.of(goal.line, peer))}
    ours, reference = values.pop(comparison.ours, None), values.pop(comparison.reference, None)
    best = min(values.items(), key=lambda other: sign * other[1], default=None) if line.direction else None
    yardstick = {
        Yardstick.NUMBER: 0.0,
        Yardstick.REFERENCE: reference,
        Yardstick.BEST_PEER: best[1] if best else None,
    }[goal.by]
    if ours is None or yardstick is None:
        return None
    return Outcome(
        goal=f"{line.title}: {goal.words}",
        value=ours,
        met=sign * ours <= sign * goal.limit(yardstick),
        to_reference=ours / reference if reference and line.is_ratio_telling else None,
        best_peer=best,
        ahead=best is None or sign * ours <= sign * best[1],
    )


def sentence(comparison: Comparison, outcome: Outcome) -> str:
    """An outcome in a line."""
    words = [f"{'met   ' if outcome.met else 'MISSED'}  {outcome.goal}: {number(outcome.value)}"]
    if outcome.to_reference is not None:
        words.append(f"{outcome.to_reference:.2f} × {comparison.reference}")
    if outcome.best_peer is not None:
        name, value = outcome.best_peer
        words.append(f"{'ahead of' if outcome.ahead else 'BEHIND'} {name} ({number(value)})")
    return ", ".join(words)
