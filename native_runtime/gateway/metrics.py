"""The status as Prometheus text, through a registry of our own that holds nothing else."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from native_runtime.gateway.snapshot import MEGABYTE
from native_runtime.processes.state import ChildState
from native_runtime.queue.state import JobState
from native_runtime.queue.tally import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from native_runtime.gateway.snapshot import Document
    from native_runtime.queue.tally import Tally

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX: Final = "native_runtime"
_JOB_STATES: Final = ("ready", "delayed", "running", "failed")
_LIMITS: Final = (*map(str, BOUNDS), "+Inf")


def render(status: Document, totals: Mapping[str, Tally]) -> bytes:
    """The metrics of one status document, from `snapshot.status_document`, and of what each worker has done."""
    registry = CollectorRegistry()
    registry.register(_Status(status, totals))
    return generate_latest(registry)


class _Status(Collector):
    def __init__(self, status: Document, totals: Mapping[str, Tally]) -> None:
        self._status = status
        self._totals = totals

    def collect(self) -> Iterator[Metric]:
        yield from _runtime(self._status["runtime"])
        yield from _queues(self._status["queues"])
        yield from _children(self._status["children"])
        yield from _attempts(self._totals)


def _runtime(runtime: Document) -> Iterator[Metric]:
    info = _gauge("info", "The app and the version of its runtime; always 1.", "app", "version")
    info.add_metric([runtime["app"], runtime["version"]], 1)
    yield info
    yield _gauge("healthy", "1 while nothing needs somebody to look at it.", value=runtime["healthy"])
    yield _gauge("uptime_seconds", "Since the runtime started.", value=runtime["uptime"])
    events = CounterMetricFamily(f"{_PREFIX}_events", "Events published so far.")
    events.add_metric([], runtime["seq"])
    yield events


def _queues(queues: list[Document]) -> Iterator[Metric]:
    jobs = _gauge("queue_jobs", "Jobs in a queue, by state.", "queue", "state")
    oldest = _gauge("queue_oldest_seconds", "Age of the longest waiting ready job; 0 if none waits.", "queue")
    paused = _gauge("queue_paused", "1 while nothing is reserved from the queue.", "queue")
    for queue in queues:
        for state in _JOB_STATES:
            jobs.add_metric([queue["name"], state], queue[state])
        oldest.add_metric([queue["name"]], queue["oldest_age"] or 0.0)
        paused.add_metric([queue["name"]], queue["paused"])
    yield from (jobs, oldest, paused)


def _children(children: list[Document]) -> Iterator[Metric]:
    state = _gauge("child_state", "1 for the state a child is in, 0 for the others.", "child", "state")
    uptime = _gauge("child_uptime_seconds", "Since the child was spawned.", "child")
    memory = _gauge("child_resident_bytes", "Resident memory of the child's tree.", "child")
    cpu = _gauge("child_cpu_ratio", "Of one core; 1 is all of it.", "child")
    restarts = CounterMetricFamily(
        f"{_PREFIX}_child_restarts", "How often a child has come back.", labels=["child"]
    )
    for child in children:
        name = [child["name"]]
        for each in ChildState:
            state.add_metric([*name, each.value], each == child["state"])
        restarts.add_metric(name, child["restarts"])
        # What is not known has no sample; a 0 would be a statement.
        if child["uptime"] is not None:
            uptime.add_metric(name, child["uptime"])
        if child["rss_mb"] is not None:
            memory.add_metric(name, child["rss_mb"] * MEGABYTE)
        if child["cpu_percent"] is not None:
            cpu.add_metric(name, child["cpu_percent"] / 100)
    yield from (state, uptime, memory, cpu, restarts)


def _attempts(totals: Mapping[str, Tally]) -> Iterator[Metric]:
    labels = ["outcome", "worker"]
    attempts = CounterMetricFamily(f"{_PREFIX}_job_attempts", "Attempts at jobs that ended.", labels=labels)
    durations = HistogramMetricFamily(
        f"{_PREFIX}_job_duration_seconds", "How long those attempts took.", labels=labels
    )
    for worker, tally in totals.items():
        for outcome, took in ((JobState.SUCCESS, tally.succeeded), (JobState.FAILED, tally.failed)):
            attempts.add_metric([outcome.value, worker], took.total)
            buckets = list(zip(_LIMITS, accumulate(took.counts), strict=True))
            durations.add_metric([outcome.value, worker], buckets, took.seconds)
    yield from (attempts, durations)


def _gauge(name: str, text: str, *labels: str, value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{_PREFIX}_{name}", text, value=value, labels=labels or None)
