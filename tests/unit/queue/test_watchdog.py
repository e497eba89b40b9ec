from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import JobTimeoutError
from native_runtime.queue import watchdog
from native_runtime.queue.attempt import Attempts
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.interrupter import Interrupter
from native_runtime.queue.job import NewJob
from native_runtime.queue.retry import Defaults
from native_runtime.queue.state import JobState
from native_runtime.queue.watchdog import GRACE, Watchdog
from native_runtime.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

FAR = 60.0  # seconds; a test that waits so long has failed


class SteppingClock(FakeClock):
    """Each look at the monotonic clock is `step` seconds after the one before."""

    step = 0.25

    def monotonic(self) -> float:
        self.advance(self.step)
        return super().monotonic()


class RecordingInterrupter(Interrupter):
    """Notes whom it was asked to interrupt; the first `deaf` times the job has not begun."""

    def __init__(self, deaf: int = 0) -> None:
        self.asked: list[tuple[str, type]] = []
        self.deaf = deaf

    def interrupt(self, job_id: str, kind: type) -> bool:
        self.asked.append((job_id, kind))
        return len(self.asked) > self.deaf


def watchdog_of(
    driver: MemoryDriver, clock: FakeClock, interrupter: Interrupter, leave: Callable[[int], object]
) -> Watchdog:
    attempts = Attempts(
        driver=driver,
        clock=clock,
        interrupter=interrupter,
        defaults=Defaults(),
        tell_progress=lambda _claim, _fraction, _note: None,
    )
    return Watchdog(driver=driver, clock=clock, attempts=attempts, interrupter=interrupter, leave=leave)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_TICK", 0.0)


def test_a_job_that_ignores_its_timeout_is_settled_and_its_worker_leaves() -> None:
    driver, clock, interrupter = MemoryDriver(), SteppingClock(), RecordingInterrupter()
    left = threading.Event()
    codes: list[int] = []
    driver.push([NewJob(id="a", name="app.jobs.work", tries=1)], now=0.0)
    (claim,) = driver.claim(["default"], worker="w", limit=1, now=0.0)

    def leave(code: int) -> None:
        codes.append(code)
        dog.release()
        left.set()

    dog = watchdog_of(driver, clock, interrupter, leave)
    began = FakeClock.monotonic(clock)
    dog.start()
    dog.watch(claim, 5.0)
    assert left.wait(FAR)
    assert codes == [1]
    assert interrupter.asked == [("a", JobTimeoutError)]
    assert FakeClock.monotonic(clock) - began >= 5.0 + GRACE
    found = driver.find("a")
    assert found is not None
    assert (found.state, "did not stop when told" in found.error) == (JobState.TIMEOUT, True)


def test_a_machine_that_slept_takes_no_time_from_the_job() -> None:
    driver, clock, interrupter = MemoryDriver(), SteppingClock(), RecordingInterrupter()
    clock.step = 3600.0
    driver.push([NewJob(id="a", name="app.jobs.work")], now=0.0)
    (claim,) = driver.claim(["default"], worker="w", limit=1, now=0.0)
    codes: list[int] = []
    dog = watchdog_of(driver, clock, interrupter, codes.append)
    looks = 0
    is_at = dog._is_at

    def counted(claim: object) -> bool:
        nonlocal looks
        looks += 1
        return looks < 50 and is_at(claim)  # type: ignore[arg-type]

    dog._is_at = counted  # type: ignore[method-assign]
    dog._watched = (claim, 5.0)
    dog._guard(claim, 5.0)
    assert looks == 50
    assert (interrupter.asked, codes) == ([], [])


def guarded(interrupter: RecordingInterrupter, *, step: float, looks: int) -> list[int]:
    """Watch a job of a timeout of 1 s that is over after so many looks, `step` seconds apart: its worker's exit codes."""
    driver, clock = MemoryDriver(), SteppingClock()
    clock.step = step
    driver.push([NewJob(id="a", name="app.jobs.work")], now=0.0)
    (claim,) = driver.claim(["default"], worker="w", limit=1, now=0.0)
    codes: list[int] = []
    dog = watchdog_of(driver, clock, interrupter, codes.append)
    over = FakeClock.monotonic(clock) + (1 + looks) * step  # the first reading is none of a look
    dog._is_at = lambda claim: claim.id == "a" and FakeClock.monotonic(clock) <= over  # type: ignore[method-assign]
    dog._guard(claim, 1.0)
    return codes


def test_a_job_that_was_stopped_beyond_its_timeout_still_has_the_grace_to_end_by_itself() -> None:
    interrupter = RecordingInterrupter()
    assert guarded(interrupter, step=1.0 + 2 * GRACE, looks=1) == []
    assert interrupter.asked == [("a", JobTimeoutError)]


def test_a_job_that_begins_behind_its_timeout_is_warned_all_the_same() -> None:
    interrupter = RecordingInterrupter(deaf=2)
    assert guarded(interrupter, step=0.5, looks=5) == []
    assert interrupter.asked == [("a", JobTimeoutError)] * 3
