"""How much is measured: the thorough run, and the quick look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sizes.

    Attributes:
        rounds: Of every row; peers take turns.
        exits: Children killed in a round.
        events: Published in a round.
        jobs: Drained while a page looks on.
        page: Seconds for which a page looks on while a child floods.
    """

    rounds: int
    exits: int
    events: int
    jobs: int
    page: float


THOROUGH: Final = Plan(rounds=3, exits=200, events=100_000, jobs=100_000, page=20.0)
QUICK: Final = Plan(rounds=1, exits=30, events=20_000, jobs=20_000, page=4.0)
