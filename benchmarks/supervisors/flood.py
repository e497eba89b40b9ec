"""Output: how much is taken in while a child writes as fast as it can, what that costs, and whether it is kept."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Final

from benchmarks.comparison import procfs
from benchmarks.supervisors.program import BURST_LINES
from benchmarks.supervisors.trial import trial

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.comparison.results import Results
    from benchmarks.supervisors.peer import Peer
    from benchmarks.supervisors.plan import Plan

SETTLE: Final = 0.3  # seconds between the start and the flood
LOOK: Final = 0.1  # seconds between looks at the memory
BURST_BYTES: Final = BURST_LINES * 100
PATIENCE: Final = 10.0  # seconds until a burst must be in the log


def measure_flood(peer: Peer, program: Path, plan: Plan, results: Results) -> None:
    """Let a child write for `plan.flood` seconds.

    What it could write, its supervisor's side has read, but for a pipe's worth.
    """
    with trial(peer, program, logged=True) as running:
        ((child,),) = running.up()
        time.sleep(SETTLE)
        own = running.own_pids([child])
        before = peak = procfs.rss_mb(own)
        written, began = procfs.written_bytes(child), time.perf_counter()
        os.kill(child, signal.SIGUSR1)
        while time.perf_counter() - began < plan.flood:
            time.sleep(LOOK)
            peak = max(peak, procfs.rss_mb(own))
        taken, seconds = procfs.written_bytes(child) - written, time.perf_counter() - began
        results.add("output", peer.name, taken / 1e6 / seconds)
        results.add("flood_memory", peer.name, peak - before)


def measure_burst(peer: Peer, program: Path, results: Results) -> None:
    """Let a child write less than any log may hold, at once, and look for all of it."""
    with trial(peer, program, logged=True) as running:
        ((child,),) = running.up()
        time.sleep(SETTLE)
        before = _size(running.session.logs)
        os.kill(child, signal.SIGUSR1)
        until = time.monotonic() + PATIENCE
        while (missing := BURST_BYTES - (_size(running.session.logs) - before)) > 0:
            if time.monotonic() > until:
                break
            time.sleep(LOOK)
        results.add("lost", peer.name, max(0, missing))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
