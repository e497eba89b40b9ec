"""Many children: how soon they are up, and what looking after them costs while nothing happens."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from benchmarks.comparison import procfs
from benchmarks.supervisors.trial import trial

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.comparison.results import Results
    from benchmarks.supervisors.peer import Peer
    from benchmarks.supervisors.plan import Plan
    from benchmarks.supervisors.trial import Trial


def measure_crowd(peer: Peer, program: Path, plan: Plan, results: Results) -> None:
    """Bring up `plan.children` children with the settings one gets without a word, then look on."""
    with trial(peer, program, children=plan.children, eager=False) as running:
        milliseconds, children = _bring_up(running)
        results.add("up", peer.name, milliseconds)
        time.sleep(plan.settle)
        own = running.own_pids(children)
        rss, pss = procfs.rss_mb(own), procfs.pss_mb(own)
        if peer.in_app:
            bare_rss, bare_pss = bare_interpreter_mb()
            rss, pss = rss - bare_rss, pss - bare_pss
        results.add("idle_rss", peer.name, rss)
        results.add("idle_pss", peer.name, pss)
        before = procfs.cpu_ms(own)
        time.sleep(plan.idle)
        results.add("idle_cpu", peer.name, (procfs.cpu_ms(own) - before) * 10 / plan.idle)


def bare_interpreter_mb() -> tuple[float, float]:
    """What a Python program weighs that does nothing: resident and proportional megabytes."""
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as bare:
        if bare.stdout is not None:
            bare.stdout.readline()
        return procfs.rss_mb([bare.pid]), procfs.pss_mb([bare.pid])


def _bring_up(running: Trial) -> tuple[float, list[int]]:
    """Milliseconds from the request to the last child's first instruction, and the children."""
    # In a thread: a supervisor may answer long after its children run.
    request = threading.Thread(target=running.session.up, daemon=True)
    asked = time.perf_counter()
    request.start()
    children = [running.reports.next()[0] for _ in running.names]
    milliseconds = (time.perf_counter() - asked) * 1000
    request.join()
    return milliseconds, children
