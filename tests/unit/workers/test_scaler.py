"""The scaler looks at workers, asks the store only where it matters, and has the fleet do what was decided."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.exit_status import ExitReason, ExitStatus
from native_runtime.processes.state import ChildState
from native_runtime.queue.job import NewJob
from native_runtime.workers.config import Config, Processes, WorkerConfig
from native_runtime.workers.events import WorkerScaled
from native_runtime.workers.scaler import Scaler
from tests.support.recorder import DEADLINE
from tests.support.workers_house import WorkersHouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

TICK = 0.25  # seconds
WORKERS = {
    "images": WorkerConfig(
        name="images", queues=("images",), processes=Processes(min=1, max=3, idle_ttl=10.0)
    ),
    "api": WorkerConfig(name="api", queues=("images",)),
}


class ScaledHouse(WorkersHouse):
    """A house whose workers a scaler looks at whenever a test says so."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, Config(workers=WORKERS))
        self.asked_the_store = 0
        count = self.driver.claimable

        def claimable(queues: Sequence[str], *, most: int, now: float) -> int:
            self.asked_the_store += 1
            return count(queues, most=most, now=now)

        self.driver.claimable = claimable  # type: ignore[method-assign]
        self.scaler = Scaler(fleet=self.fleet, driver=self.driver, clock=self.clock)
        self.fleet.start()

    def are(self, state: str, *children: str) -> None:
        for child in children:
            self.says(child, ev="ready", worker=child)
            self.says(child, ev=state)
        self.heed()

    def heed(self) -> None:
        """Wait until everything that was said so far is acted on; the link has its own thread."""
        done = threading.Event()
        assert self.fleet._crew._link.soon(done.set)
        assert done.wait(DEADLINE)

    def wait(self, jobs: int) -> None:
        self.driver.push([NewJob(name="n", queue="images") for _ in range(jobs)], now=self.clock.epoch())

    def look(self, seconds: float) -> list[float | None]:
        """Look four times a second for so long; the pauses that the scaler would have made."""
        pauses = []
        for _ in range(round(seconds / TICK)):
            self.clock.advance(TICK)
            pauses.append(self.scaler.look())
        return pauses

    def of_images(self) -> list[str]:
        return [name for name in self.supervisor.alive() if name.startswith("images:")]


@pytest.fixture
def scaled(tmp_path: Path) -> Iterator[ScaledHouse]:
    house = ScaledHouse(tmp_path / "data")
    house.scaler._workers = {"images": WORKERS["images"]}  # looks are the test's, not a thread's
    try:
        yield house
    finally:
        house.close()


def test_jobs_that_wait_while_everybody_is_busy_start_another_process(scaled: ScaledHouse) -> None:
    scaled.are("busy", "images:1")
    scaled.wait(412)
    scaled.look(1.0)
    assert scaled.of_images() == ["images:1", "images:2"]
    told = scaled.heard.wait_for(WorkerScaled)
    assert (told.worker, told.processes, told.origin) == ("images", 2, "autoscaler")
    assert told.reason == "412 jobs wait and its process is busy"


def test_store_is_not_asked_while_somebody_is_free_or_nobody_more_may_come(scaled: ScaledHouse) -> None:
    scaled.wait(9)
    scaled.are("idle", "images:1")
    scaled.look(5.0)
    scaled.fleet.adjust("images", (1, 2, 3), instead_of=(1,), reason="test")
    scaled.are("busy", "images:1", "images:2", "images:3")
    scaled.look(5.0)
    assert scaled.asked_the_store == 0


def test_jobs_that_may_not_start_anyway_bring_nobody(scaled: ScaledHouse) -> None:
    scaled.are("busy", "images:1")
    scaled.wait(412)
    scaled.driver.pause("images")
    scaled.look(5.0)
    assert scaled.of_images() == ["images:1"]


def test_one_that_has_just_been_started_is_waited_for(scaled: ScaledHouse) -> None:
    scaled.are("busy", "images:1")
    scaled.wait(412)
    scaled.look(1.0)
    child = scaled.supervisor._children["images:2"]
    scaled.supervisor._children["images:2"] = replace(child, state=ChildState.STARTING)
    scaled.look(20.0)
    assert scaled.of_images() == ["images:1", "images:2"]
    scaled.supervisor._children["images:2"] = replace(child, state=ChildState.BUSY)
    scaled.are("busy", "images:2")
    scaled.look(1.0)
    assert scaled.of_images() == ["images:1", "images:2", "images:3"]


@pytest.mark.parametrize(
    ("state", "reason", "exit_code", "uptime", "is_scaled"),
    [
        (ChildState.BUSY, ExitReason.CRASHED, 3, 2.0, False),
        (ChildState.BUSY, ExitReason.CRASHED, 3, 11.0, True),
        (ChildState.BACKOFF, ExitReason.CRASHED, 3, None, False),
        (ChildState.CRASH_LOOPING, ExitReason.CRASHED, 3, None, False),
        (ChildState.FAILED, ExitReason.START_FAILED, None, None, False),
        (ChildState.STOPPED, ExitReason.STOPPED, 0, None, False),
        (ChildState.BUSY, ExitReason.MEMORY_LIMIT, None, 2.0, False),
        (ChildState.BUSY, ExitReason.MEMORY_LIMIT, 12, 2.0, True),
        (ChildState.BUSY, ExitReason.RECYCLED, 0, 2.0, True),
        (ChildState.STARTING, ExitReason.RECYCLED, 0, 0.1, True),
        (ChildState.STARTING, ExitReason.STOPPED, 0, 0.1, False),
        (ChildState.BUSY, ExitReason.STOPPED, 0, 0.1, True),
    ],
)
def test_worker_that_has_not_recovered_gets_no_more_processes(
    scaled: ScaledHouse,
    state: ChildState,
    reason: ExitReason,
    exit_code: int | None,
    uptime: float | None,
    *,
    is_scaled: bool,
) -> None:
    last_exit = ExitStatus(
        reason=reason, exit_code=exit_code, signal=None, detail="", at=scaled.clock.utc(), uptime=1.0
    )
    scaled.are("busy", "images:1")
    child = scaled.supervisor._children["images:1"]
    scaled.supervisor._children["images:1"] = replace(child, state=state, last_exit=last_exit, uptime=uptime)
    scaled.wait(9)
    scaled.look(1.0)
    assert (scaled.fleet.status("images").processes == 2) is is_scaled


def test_idle_ones_leave_after_their_time_and_low_numbers_stay(scaled: ScaledHouse) -> None:
    scaled.fleet.adjust("images", (1, 2, 3), instead_of=(1,), reason="test")
    scaled.are("idle", "images:1", "images:2", "images:3")
    assert scaled.look(TICK) == [10.0]  # nobody needs to look before that
    scaled.look(11.0)
    assert scaled.of_images() == ["images:1"]
    assert scaled.heard.wait_for(WorkerScaled, count=2).reason == "idle for 10 s"
    assert scaled.look(TICK * 4)[-1] is None


def test_one_that_is_busy_stays_whatever_its_number(scaled: ScaledHouse) -> None:
    scaled.fleet.adjust("images", (1, 2, 3), instead_of=(1,), reason="test")
    scaled.are("idle", "images:1", "images:2")
    scaled.are("busy", "images:3")
    scaled.look(11.0)
    assert scaled.of_images() == ["images:3"]


def test_one_that_has_got_a_job_meanwhile_is_not_ended(scaled: ScaledHouse) -> None:
    scaled.fleet.adjust("images", (1, 2), instead_of=(1,), reason="test")
    scaled.are("idle", "images:1")
    scaled.are("busy", "images:2")
    assert not scaled.fleet.adjust("images", (1,), instead_of=(1, 2), reason="idle")
    assert scaled.of_images() == ["images:1", "images:2"]


def test_a_ring_that_one_who_left_did_not_hear_is_repeated(scaled: ScaledHouse) -> None:
    scaled.fleet.adjust("images", (1, 2), instead_of=(1,), reason="test")
    scaled.are("idle", "images:1", "images:2")
    scaled.supervisor.sent.clear()
    scaled.look(11.0)
    scaled.heed()
    assert scaled.supervisor.sent == [("images:1", {"op": "ring"})]


@pytest.mark.parametrize("act", ["down", "scale"])
def test_worker_that_somebody_took_in_hand_is_left_alone(scaled: ScaledHouse, act: str) -> None:
    if act == "down":
        scaled.fleet.down("images")
    else:
        scaled.fleet.scale("images", 2)
        scaled.are("busy", "images:1", "images:2")
    before = scaled.of_images()
    scaled.wait(412)
    assert set(scaled.look(20.0)) == {None}
    assert scaled.of_images() == before


def test_what_somebody_changed_is_looked_at_even_if_nobody_works(scaled: ScaledHouse) -> None:
    ticks: list[str] = []
    scaled.fleet.on_tick(lambda: ticks.append("tick"))
    scaled.fleet.scale("images", 2)
    scaled.fleet.scale("images", "auto")
    assert len(ticks) == 2


def test_process_that_cannot_be_started_is_said_once_and_not_tried_again_and_again(
    scaled: ScaledHouse, caplog: pytest.LogCaptureFixture
) -> None:
    scaled.are("busy", "images:1")
    scaled.wait(412)
    scaled.supervisor.missing_commands.add("queue:work")
    scaled.look(5.0)
    assert [record.getMessage() for record in caplog.records] == [
        "worker images could not be scaled to 2: queue:work"
    ]


def test_without_a_worker_that_may_have_more_there_is_no_thread_and_no_tick(house: WorkersHouse) -> None:
    scaler = Scaler(fleet=house.fleet, driver=house.driver, clock=house.clock)
    scaler.start({"api": WORKERS["api"]})
    assert scaler._thread is None
    house.supervisor.on_tick()
    assert not scaler._memories
    scaler.stop()


def test_thread_looks_when_a_tick_comes_and_ends_with_stop(scaled: ScaledHouse) -> None:
    scaled.are("busy", "images:1")
    scaled.wait(412)
    look, looked = scaled.scaler.look, threading.Semaphore(0)

    def look_and_tell() -> float | None:
        try:
            return look()
        finally:
            looked.release()

    scaled.scaler.look = look_and_tell  # type: ignore[method-assign]
    scaled.scaler.start(WORKERS)
    scaled.scaler.start(WORKERS)
    seq = scaled.bus.last_seq
    while scaled.bus.last_seq == seq:
        scaled.clock.advance(TICK)
        scaled.supervisor.on_tick()
        assert looked.acquire(timeout=DEADLINE)
    scaled.scaler.stop()
    scaled.scaler.stop()
    assert scaled.heard.wait_for(WorkerScaled).processes == 2
