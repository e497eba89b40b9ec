from __future__ import annotations

import pytest

from native_runtime.errors import JobCancelledError, StoreError
from native_runtime.queue.context import RunningContext
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.job import Job, NewJob
from native_runtime.testing import FakeClock


class FullDisk(MemoryDriver):
    """A store that can be written and read only until its disk is full."""

    is_full = False

    def set_progress(self, job_id: str, *, token: int, progress: float, note: str) -> bool:
        self._check()
        return super().set_progress(job_id, token=token, progress=progress, note=note)

    def find(self, job_id: str) -> Job | None:
        self._check()
        return super().find(job_id)

    def _check(self) -> None:
        if self.is_full:
            raise StoreError("queue", "the disk is full", "free some space")


class House:
    """One job that runs."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.driver = FullDisk()
        self.told: list[tuple[float, str]] = []
        self.driver.push([NewJob(name="n")], now=1.0)
        (self.claim,) = self.driver.claim(["default"], worker="w", limit=1, now=1.0)
        self.context = RunningContext(
            self.claim,
            tries=1,
            driver=self.driver,
            clock=self.clock,
            tell=lambda fraction, note: self.told.append((fraction, note)),
        )


@pytest.fixture
def house() -> House:
    return House()


def test_progress_that_cannot_be_stored_costs_the_job_nothing_and_the_next_is_told(house: House) -> None:
    house.driver.is_full = True
    house.context.progress(0.5, "half")
    house.driver.is_full = False
    house.context.progress(1.0, "all")
    assert house.told == [(1.0, "all")]


def test_cancellation_is_seen_once_the_store_can_be_read_again(house: House) -> None:
    house.driver.request_cancel(house.claim.id, now=1.0)
    house.driver.is_full = True
    house.context.check_cancelled()
    house.driver.is_full = False
    house.clock.advance(1.0)
    with pytest.raises(JobCancelledError):
        house.context.check_cancelled()


def test_note_that_is_no_valid_text_is_told_with_escapes(house: House) -> None:
    house.context.progress(0.5, "caf\udce9.png")
    assert house.told == [(0.5, "caf\\udce9.png")]
