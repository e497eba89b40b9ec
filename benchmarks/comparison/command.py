"""The command line that the side-by-side benchmarks have in common, and what they print."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from benchmarks.comparison.goals import outcomes, sentence
from benchmarks.comparison.table import document, load_warning, markdown
from benchmarks.comparison.turns import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _typeshed import DataclassInstance

    from benchmarks.comparison.goals import Comparison
    from benchmarks.comparison.results import Results


class Installable(Named, Protocol):
    """What may not be there."""

    def absent(self) -> str | None:
        """Why it cannot be measured here, or None if it can."""
        ...


P = TypeVar("P", bound=Installable)


def parse(
    arguments: Sequence[str], *, doc: str | None, peers: Sequence[Named], rows: Sequence[str]
) -> argparse.Namespace:
    """Read `--quick --only --rows --json --check`; leaves with code 2 where they cannot be understood.

    From here on SIGTERM unwinds what runs, as Ctrl-C does: what was started is ended.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    names = [peer.name for peer in peers]
    parser = argparse.ArgumentParser(description=doc.splitlines()[0] if doc else None)
    parser.add_argument("--quick", action="store_true", help="about a minute; the figures are only a hint")
    parser.add_argument("--only", type=_choice(names), default=names, help=f"of {', '.join(names)}")
    parser.add_argument("--rows", type=_choice(rows), default=rows, help=f"of {', '.join(rows)}")
    parser.add_argument("--json", type=Path, help="write everything there, samples included")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    return parser.parse_args(arguments)


def present(peers: Sequence[P]) -> list[P]:
    """Those that can be measured here; says which cannot, and whether something else keeps the machine busy."""
    warning = load_warning()
    if warning:
        print(warning, file=sys.stderr)
    found = []
    for peer in peers:
        reason = peer.absent()
        if reason is None:
            found.append(peer)
        else:
            print(f"{peer.name}: skipped, {reason}", file=sys.stderr)
    return found


def report(
    comparison: Comparison,
    results: Results,
    names: Sequence[str],
    plan: DataclassInstance,
    asked: argparse.Namespace,
) -> int:
    """Print the table and the goals. Returns the exit code: 1 only for a missed goal under --check."""
    print(*markdown(comparison, results, names), sep="\n")
    goals = outcomes(comparison, results, names)
    print("", *(sentence(comparison, goal) for goal in goals), sep="\n")
    if asked.json:
        asked.json.write_text(json.dumps(document(comparison, results, names, plan), indent=1), "utf-8")
    return int(asked.check and not all(goal.met for goal in goals))


def _choice(known: Sequence[str]) -> Callable[[str], list[str]]:
    def choice(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"expected some of {', '.join(known)}; got {', '.join(unknown)}")
        return [name for name in known if name in chosen]

    return choice
