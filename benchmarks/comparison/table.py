"""The results as a Markdown table for people and as a document for programs."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.comparison.goals import outcomes
from benchmarks.comparison.results import percentile95

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from _typeshed import DataclassInstance

    from benchmarks.comparison.goals import Comparison
    from benchmarks.comparison.results import Line, Results


SAYS_IT_ALL: Final = "not within"  # a failure that is a result: it stands in the table


def machine() -> dict[str, Any]:
    """In general words."""
    return {
        "system": platform.system(),
        "kernel": platform.release().split("-", 1)[0],
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def markdown(comparison: Comparison, results: Results, peers: Sequence[str]) -> Iterator[str]:
    """The lines of the table."""
    yield "| | " + " | ".join(peers) + " |"
    yield "|---" * (len(peers) + 1) + "|"
    for key, line in comparison.lines.items():
        if key in results.samples:
            cells = (_cell(line, results.of(key, peer), results.failures[key].get(peer)) for peer in peers)
            yield f"| {line.title} | " + " | ".join(cells) + " |"


def document(
    comparison: Comparison, results: Results, peers: Sequence[str], plan: DataclassInstance
) -> dict[str, Any]:
    """Everything, samples included."""
    return {
        "machine": machine(),
        "plan": asdict(plan),
        "lines": {
            key: {
                "title": comparison.lines[key].title,
                "peers": {peer: _summary(samples) for peer, samples in by_peer.items()},
                "failures": results.failures.get(key, {}),
            }
            for key, by_peer in results.samples.items()
        },
        "goals": [asdict(outcome) for outcome in outcomes(comparison, results, peers)],
    }


def load_warning() -> str | None:
    """A word if other work runs here now."""
    load = float(Path("/proc/loadavg").read_text("ascii").split()[0])
    if load < 0.5:  # noqa: PLR2004 - of a core
        return None
    return f"load average {load:g}: something else runs here, and what follows is worth that much less"


def _cell(line: Line, samples: Sequence[float], failure: str | None) -> str:
    if samples:
        return line.text(samples)
    return "–" if failure is None else failure if failure.startswith(SAYS_IT_ALL) else "failed"


def _summary(samples: Sequence[float]) -> dict[str, Any]:
    return {
        "median": statistics.median(samples),
        "p95": percentile95(samples),
        "least": min(samples),
        "greatest": max(samples),
        "samples": list(samples),
    }
