"""Peers take turns, and one that fails stops nobody else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.comparison.results import Results


class Named(Protocol):
    """Whatever is measured."""

    @property
    def name(self) -> str:
        """As the table says."""
        ...


P = TypeVar("P", bound=Named)


def in_turn(
    line: str, peers: Sequence[P], measure: Callable[[P], None], *, rounds: int, results: Results
) -> None:
    """Measure one peer after the other, and round again: what would disturb one another."""
    for _ in range(rounds):
        for peer in peers:
            attempt(line, peer, measure, results=results)


def attempt(line: str, peer: P, measure: Callable[[P], None], *, results: Results) -> None:
    """Measure one peer; a failure is noted, and said."""
    try:
        measure(peer)
    except (OSError, RuntimeError) as error:  # of one peer; the others go on
        results.fail(line, peer.name, str(error))
        print(f"{line}: {peer.name}: {error}", file=sys.stderr)
