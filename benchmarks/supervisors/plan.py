"""How much is measured: the thorough run, and the quick look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes.

    Attributes:
        restarts: Samples of each kind of restart.
        young: Samples of restarts of a young child, which take longest.
        rounds: Of everything else that is a quantity; supervisors take turns.
        children: In a crowd.
        settle: Seconds a crowd is left alone before it counts as idle.
        idle: Seconds of idleness.
        flood: Seconds of output.
        window: Seconds in which starts are counted.
        repeats: Of everything that is no matter of speed; all supervisors at once.
    """

    restarts: int
    young: int
    rounds: int
    children: int
    settle: float
    idle: float
    flood: float
    window: float
    repeats: int


THOROUGH: Final = Plan(
    restarts=60,
    young=40,
    rounds=3,
    children=200,
    settle=3.0,
    idle=10.0,
    flood=5.0,
    window=10.0,
    repeats=3,
)
QUICK: Final = Plan(
    restarts=2,
    young=1,
    rounds=1,
    children=50,
    settle=0.2,
    idle=0.5,
    flood=0.5,
    window=0.5,
    repeats=1,
)
