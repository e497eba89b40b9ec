"""Whoever wants brief news of jobs gets few events that stand for all, whatever the workers' speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.queue.events import JobFailed, JobQueued, JobStarted, JobSucceeded
from tests.support.loop_jobs import rests
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from native_runtime import Runtime
    from native_runtime.events import FrequentEvent

JOBS = 20_000


def test_jobs_at_full_speed_are_told_in_few_events_that_count_all(
    runtime_to_start: Runtime,
) -> None:
    runtime = runtime_to_start
    brief = runtime.bus.subscribe(brief=True)
    runtime.start()
    before = runtime.bus.last_seq
    rests.dispatch_many(() for _ in range(JOBS))
    stood_for: dict[type[FrequentEvent], int] = dict.fromkeys((JobQueued, JobStarted, JobSucceeded), 0)

    def is_all_told() -> bool:
        for event in brief.take(timeout=0.1):
            for kind in stood_for:
                if isinstance(event, kind):
                    stood_for[kind] += 1 + event.skipped
        return set(stood_for.values()) == {JOBS}

    wait_until(is_all_told)
    assert runtime.bus.last_seq - before < JOBS / 4


def test_handler_of_one_class_hears_all_of_it_while_others_want_brief_news(runtime_to_start: Runtime) -> None:
    runtime = runtime_to_start
    runtime.bus.subscribe(brief=True)
    started: list[JobStarted] = []
    failed: list[JobFailed] = []
    runtime.on(JobStarted, started.append)
    runtime.on(JobFailed, failed.append)
    runtime.start()
    rests.dispatch_many(() for _ in range(500))
    wait_until(lambda: len(started) == 500)
    assert {event.skipped for event in started} == {0}
    assert failed == []
