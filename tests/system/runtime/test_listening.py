"""Whoever listens hears of every job that is dispatched from then on, however busy the workers are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.queue.events import JobOver, JobQueued, JobStarted, JobSucceeded
from tests.support import jobs
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime import Runtime
    from native_runtime.queue.events import JobEvent

DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy
FEW = 20


@pytest.mark.parametrize("kind", [JobQueued, JobStarted, JobSucceeded, JobOver])
def test_listener_that_comes_late_misses_nothing_of_what_is_dispatched_from_then_on(
    make_runtime: Callable[..., Runtime], kind: type[JobEvent]
) -> None:
    runtime = make_runtime()
    runtime.start()
    before = jobs.add.dispatch_many([(number, 1) for number in range(3_000)])
    assert before[0].result(timeout=DEADLINE) == 1  # so the worker is in the middle of them
    heard: list[str] = []
    runtime.on(kind, lambda event: heard.append(event.job_id))
    urgent = jobs.add.options(priority=10)
    mine = [urgent.dispatch(number, 2).id for number in range(FEW)]
    assert before[-1].result(timeout=DEADLINE) == 3_000
    wait_until(lambda: set(mine) <= set(heard))
    runtime.stop()
    assert len(heard) == len(set(heard))
