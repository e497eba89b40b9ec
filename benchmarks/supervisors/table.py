"""The results as a Markdown table for people and as a document for programs."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.supervisors.goals import outcomes
from benchmarks.supervisors.results import LINES, percentile95

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.supervisors.plan import Plan
    from benchmarks.supervisors.results import Results


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


def markdown(results: Results, peers: Sequence[str]) -> Iterator[str]:
    """The lines of the table."""
    yield "| | " + " | ".join(peers) + " |"
    yield "|---" * (len(peers) + 1) + "|"
    for key, line in LINES.items():
        if key in results.samples:
            yield f"| {line.title} | " + " | ".join(_cell(results, key, peer) for peer in peers) + " |"


def document(results: Results, peers: Sequence[str], plan: Plan) -> dict[str, Any]:
    """Everything, samples included."""
    return {
        "machine": machine(),
        "plan": asdict(plan),
        "lines": {
            key: {
                "title": LINES[key].title,
                "supervisors": {peer: _summary(samples) for peer, samples in by_peer.items()},
                "failures": results.failures.get(key, {}),
            }
            for key, by_peer in results.samples.items()
        },
        "goals": [asdict(outcome) for outcome in outcomes(results, peers)],
    }


def load_warning() -> str | None:
    """A word if other work runs here now."""
    load = float(Path("/proc/loadavg").read_text("ascii").split()[0])
    if load < 0.5:  # noqa: PLR2004 - of a core
        return None
    return f"load average {load:g}: something else runs here, and what follows is worth that much less"


def _cell(results: Results, key: str, peer: str) -> str:
    samples = results.of(key, peer)
    if samples:
        return LINES[key].text(samples)
    return "failed" if peer in results.failures.get(key, {}) else "–"


def _summary(samples: Sequence[float]) -> dict[str, Any]:
    return {
        "median": statistics.median(samples),
        "p95": percentile95(samples),
        "least": min(samples),
        "greatest": max(samples),
        "samples": list(samples),
    }
