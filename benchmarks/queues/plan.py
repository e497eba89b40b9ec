"""How much is measured: the thorough run, and the quick look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes.

    Attributes:
        rounds: Of every row; peers take turns.
        enqueue: Seconds of dispatching.
        share: Of a peer's usual number of jobs, in drains.
        latencies: Jobs dispatched to an idle system in a round.
        gap: Seconds of peace before each of them.
        budget: Seconds after which slow peers get no further one.
        used: Jobs after which a worker's memory is looked at again; slow peers run their usual number at most.
        settle: Seconds before memory is looked at.
        starts: Of a worker, in a round.
        patience: Seconds until a dead worker's job must run again.
        backlog: Jobs that wait, at most.
        pairs: Of samples with and without them, in a round.
    """

    rounds: int
    enqueue: float
    share: float
    latencies: int
    gap: float
    budget: float
    used: int
    settle: float
    starts: int
    patience: float
    backlog: int
    pairs: int


THOROUGH: Final = Plan(
    rounds=3,
    enqueue=1.0,
    share=1.0,
    latencies=300,
    gap=0.01,
    budget=12.0,
    used=10_000,
    settle=1.0,
    starts=5,
    patience=10.0,
    backlog=1_000_000,
    pairs=7,
)
QUICK: Final = Plan(
    rounds=1,
    enqueue=0.2,
    share=0.1,
    latencies=20,
    gap=0.01,
    budget=1.0,
    used=1_000,
    settle=0.2,
    starts=1,
    patience=1.0,
    backlog=100_000,
    pairs=3,
)
