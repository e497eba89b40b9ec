from __future__ import annotations

import threading

from native_runtime.queue.driver import Ack, Finish, JobFilter
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from native_runtime.testing import FakeClock
from native_runtime.workers.janitor import RETENTION, Janitor


def test_results_are_kept_for_a_day_and_failures_until_somebody_forgets_them() -> None:
    driver, clock = MemoryDriver(), FakeClock()
    driver.push([NewJob(id=name, name="m.f") for name in ("well", "failed", "open")], now=clock.epoch())
    well, failed = driver.claim(["default"], worker="w", limit=2, now=clock.epoch())
    driver.settle([Ack(job_id=well.id, token=well.token)], now=clock.epoch())
    outcome = Finish(job_id=failed.id, token=failed.token, outcome=JobState.FAILED, error="E: no")
    driver.settle([outcome], now=clock.epoch())
    janitor = Janitor(driver=driver, clock=clock)
    clock.advance(RETENTION - 1)
    assert janitor.tidy() == 0
    clock.advance(2)
    assert janitor.tidy() == 1
    assert {job.id for job in driver.select(JobFilter())} == {"failed", "open"}


def test_start_and_stop_are_harmless_twice() -> None:
    janitor = Janitor(driver=MemoryDriver(), clock=FakeClock())
    janitor.stop()
    janitor.start()
    janitor.start()
    assert [thread.name for thread in threading.enumerate()].count("native-runtime janitor") == 1
    janitor.stop()
    janitor.stop()
    assert "native-runtime janitor" not in [thread.name for thread in threading.enumerate()]
