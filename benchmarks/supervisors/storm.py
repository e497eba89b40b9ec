"""How often a supervisor starts a child that exits at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from benchmarks.supervisors.trial import trial

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.comparison.results import Results
    from benchmarks.supervisors.peer import Peer
    from benchmarks.supervisors.plan import Plan


def measure_storm(peer: Peer, program: Path, plan: Plan, results: Results) -> None:
    """Count its starts within `plan.window` seconds, with the settings one gets without a word."""
    with trial(peer, program, eager=False) as running:
        # In a thread: a supervisor may answer only once the child stays.
        request = threading.Thread(target=running.session.up, daemon=True)
        request.start()
        results.add("starts", peer.name, running.reports.during(plan.window))
        request.join()
