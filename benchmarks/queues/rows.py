"""The measurements: each opens a queue, does one thing to it, and notes what that took."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import time
from typing import TYPE_CHECKING, Final

from benchmarks.comparison import procfs
from benchmarks.comparison.results import percentile
from benchmarks.queues.trial import trial

if TYPE_CHECKING:
    from collections.abc import Collection

    from benchmarks.comparison.results import Results
    from benchmarks.queues.peer import Peer
    from benchmarks.queues.plan import Plan
    from benchmarks.queues.trial import Trial

PAIR: Final = 2  # workers, wherever their number is not the question
WARM_UP: Final = 20  # jobs
PEACE: Final = 0.3  # seconds


def measure_enqueue(peer: Peer, plan: Plan, results: Results) -> None:
    """Dispatch one by one, then in bulk, while nobody works."""
    with trial(peer, workers=PAIR) as running:
        results.add("enqueue", peer.name, running.ask("one_by_one", plan.enqueue))
        results.add("bulk", peer.name, running.ask("in_bulk", plan.enqueue))


def measure_drain(line: str, peer: Peer, workers: int, plan: Plan, results: Results) -> float:
    """Let workers empty a full queue: from the first job's start until nothing is left.

    Returns:
        How busy the app was meanwhile, in % of a core.
    """
    jobs = max(WARM_UP, round(peer.jobs * plan.share))
    with trial(peer, workers=workers) as running:
        running.ask("fill", 0, jobs)
        running.start_workers()
        running.tally.wait_until_reached(1)
        app, seen = procfs.cpu_ms([running.app_pid]), time.monotonic()
        running.tally.wait_until_reached(jobs)
        busy = (procfs.cpu_ms([running.app_pid]) - app) / (time.monotonic() - seen) / 10
        running.wait_until_empty(jobs)
        seconds = time.monotonic() - running.tally.starts(0, jobs)[0]
        results.add(line, peer.name, jobs / seconds)
    return busy


def measure_latency(peer: Peer, plan: Plan, results: Results) -> None:
    """Dispatch to workers that have nothing to do."""
    with trial(peer, workers=PAIR) as running:
        _warm_up(running)
        found = running.ask("latencies", WARM_UP, plan.latencies, plan.gap, plan.budget)
        results.add("p50", peer.name, 1000 * statistics.median(found))
        results.add("p99", peer.name, 1000 * percentile(99, found))


def measure_memory(peer: Peer, plan: Plan, results: Results) -> None:
    """Look at one worker after its first job, and after many."""
    jobs = min(plan.used, peer.jobs)
    with trial(peer, workers=1) as running:
        running.ask("fill", 0, 1)
        running.start_workers()
        running.wait_until_empty(1)
        time.sleep(plan.settle)
        worker = _runners(running, 1)
        idle = procfs.rss_mb(worker)
        results.add("idle_rss", peer.name, idle)
        results.add("idle_pss", peer.name, procfs.pss_mb(worker))
        running.ask("fill", 1, jobs)
        running.wait_until_empty(jobs)
        time.sleep(plan.settle)
        used = procfs.rss_mb(worker)
        results.add("used_rss", peer.name, used)
        results.add("growth", peer.name, used - idle)


def measure_start(peer: Peer, plan: Plan, results: Results) -> None:
    """Start a worker that finds a job, and a bare interpreter beside it."""
    with trial(peer, workers=1) as running:
        for number in range(plan.starts):
            began = time.monotonic()
            subprocess.run([peer.python, "-c", "pass"], env=running.env, check=True)
            bare = time.monotonic() - began
            running.ask("fill", number, number + 1)
            asked = time.monotonic()
            running.start_workers()
            running.tally.wait_until_reached(number + 1)
            seconds = running.tally.started(number) - asked
            time.sleep(PEACE)  # until the worker has told the store
            running.stop_workers()
            results.add("start", peer.name, 1000 * seconds)
            results.add("start_ratio", peer.name, seconds / bare)


def measure_revival(peer: Peer, plan: Plan, results: Results) -> None:
    """Kill the process that runs a job; two workers are there, and whoever looks after them."""
    number = WARM_UP
    with trial(peer, workers=PAIR) as running:
        _warm_up(running)
        running.ask("hold", number)
        if not running.tally.wait_for_runs(number, 1, timeout=plan.patience):
            raise TimeoutError(f"the job did not start within {plan.patience:g} s")
        time.sleep(PEACE)
        killed = time.monotonic()
        os.kill(running.tally.pid(number), signal.SIGKILL)
        if running.tally.wait_for_runs(number, 2, timeout=plan.patience):
            results.add("revival", peer.name, 1000 * (running.tally.started(number) - killed))
        else:
            results.fail("revival", peer.name, f"not within {plan.patience:g} s")


def _warm_up(running: Trial) -> None:
    running.start_workers()
    running.ask("fill", 0, WARM_UP)
    running.wait_until_empty(WARM_UP)
    time.sleep(PEACE)


def _runners(running: Trial, jobs: int) -> Collection[int]:
    """The processes that run jobs; where each job has one of its own, those that start them."""
    return set(filter(procfs.is_alive, running.tally.pids(0, jobs))) or running.worker_pids
