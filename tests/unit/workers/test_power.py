"""Queues that wait while the machine runs on its battery."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import psutil
import pytest

from native_runtime.errors import StoreError
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.job import NewJob
from native_runtime.testing import FakeClock
from native_runtime.workers.power import Power, on_battery


class House:
    """A machine whose plug a test can pull."""

    def __init__(self, *queues: str) -> None:
        self.driver = MemoryDriver()
        self.on_battery = False
        self.rung: list[str] = []
        self.power = Power(
            queues=queues,
            driver=self.driver,
            clock=FakeClock(),
            ring=self.rung.extend,
            is_on_battery=lambda: self.on_battery,
        )

    def look(self, *, on_battery: bool) -> list[str]:
        """The queues that are held after a look."""
        self.on_battery = on_battery
        self.power.look()
        return self.held

    @property
    def held(self) -> list[str]:
        return [each.name for each in self.driver.counts(now=0.0) if each.paused_by == "battery"]


def test_queues_are_held_while_on_battery_and_their_workers_woken_when_it_ends() -> None:
    house = House("images", "videos")
    assert house.look(on_battery=False) == []
    assert house.look(on_battery=True) == ["images", "videos"]
    assert house.rung == []
    house.driver.push(
        [NewJob(name="n", queue=queue) for queue in ("images", "images", "videos", "other")], now=0.0
    )
    assert house.look(on_battery=False) == []
    assert house.rung == ["images", "images", "videos"]  # once for each job that waits


def test_a_queue_that_was_resumed_by_hand_stays_open_until_the_power_changes() -> None:
    house = House("images")
    house.look(on_battery=True)
    house.driver.resume("images")
    assert house.look(on_battery=True) == []
    house.look(on_battery=False)
    assert house.look(on_battery=True) == ["images"]


def test_a_store_that_cannot_be_written_is_told_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = House("images")

    def refuses(_queues: object) -> None:
        raise StoreError("queue.sqlite3", "is full", "make room")

    with monkeypatch.context() as patch:
        patch.setattr(house.driver, "hold", refuses)
        assert house.look(on_battery=True) == []
    assert "the power has changed, and the store cannot be told" in caplog.text
    assert house.look(on_battery=True) == ["images"]


def test_it_looks_at_the_start_and_holds_nothing_once_it_has_stopped() -> None:
    house = House("images")
    house.on_battery = True
    house.power.stop()
    house.power.start()
    house.power.start()
    assert house.held == ["images"]
    assert [thread.name for thread in threading.enumerate()].count("native-runtime power") == 1
    house.power.stop()
    house.power.stop()
    assert house.held == []
    assert "native-runtime power" not in [thread.name for thread in threading.enumerate()]


def test_without_queues_there_is_no_thread_and_no_look() -> None:
    house = House()
    house.power.start()
    assert "native-runtime power" not in [thread.name for thread in threading.enumerate()]
    house.power.stop()


@pytest.mark.parametrize(
    ("battery", "answer"),
    [
        (SimpleNamespace(power_plugged=False), True),
        (SimpleNamespace(power_plugged=True), False),
        (SimpleNamespace(power_plugged=None), False),
        (None, False),
    ],
)
def test_what_is_not_known_is_the_mains(
    battery: object,
    answer: bool,  # noqa: FBT001 - what is expected
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert on_battery() is answer


def test_a_system_that_knows_no_batteries_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)
    assert on_battery() is False


def test_a_battery_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OSError("no such device")

    monkeypatch.setattr(psutil, "sensors_battery", fails, raising=False)
    assert on_battery() is False
