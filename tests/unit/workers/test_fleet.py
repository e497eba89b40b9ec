"""The fleet starts what workers.toml names, and keeps what is wanted of each worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.current import Slot
from native_runtime.errors import NotConfiguredError, UnknownNameError
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.state import ChildState
from native_runtime.workers.events import WorkerScaled
from native_runtime.workers.facade import CURRENT, QueueWorker
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.workers_house import WorkersHouse

ALL = ["images:1", "images:2", "api:1", "server"]


def starts(house: WorkersHouse) -> list[object]:
    return [what[1] for what in house.supervisor.asked if what[0] == "start"]


def test_start_starts_each_workers_minimum_and_each_process(house: WorkersHouse) -> None:
    house.fleet.start()
    assert starts(house) == ALL


def test_start_twice_is_harmless(house: WorkersHouse) -> None:
    house.fleet.start()
    house.fleet.start()
    assert starts(house) == ALL


def test_missing_command_does_not_hold_up_the_rest(
    house: WorkersHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house.supervisor.missing_commands.add("queue:work")
    house.fleet.start()
    assert house.supervisor.alive() == ["server"]
    assert [record.getMessage() for record in caplog.records] == [
        f"{name} was not started: queue:work" for name in ("images:1", "images:2", "api:1")
    ]


def test_stop_ends_everything_also_workers_the_app_started_itself(house: WorkersHouse) -> None:
    house.fleet.start()
    own = ChildSpec(name="own", command=("queue:work",))
    house.supervisor.start(own)
    house.supervisor.start(ChildSpec(name="encode", command=("ffmpeg",)))
    house.fleet.stop()
    house.fleet.stop()
    assert house.supervisor.alive() == ["encode"]


def test_stop_before_start_is_harmless(house: WorkersHouse) -> None:
    house.fleet.stop()
    assert house.supervisor.asked == []


def test_status_tells_what_is_wanted_and_what_is(house: WorkersHouse) -> None:
    house.fleet.start()
    status = house.fleet.status("images")
    assert (status.name, status.is_up, status.processes, status.queues) == ("images", True, 2, ("images",))
    assert [child.name for child in status.children] == ["images:1", "images:2"]
    assert house.fleet.names() == ("images", "api")


def test_scaling_up_starts_the_missing_and_scaling_down_ends_and_forgets_the_last(
    house: WorkersHouse,
) -> None:
    house.fleet.start()
    house.fleet.scale("images", 3, origin="panel:1")
    assert house.supervisor.alive() == [*ALL, "images:3"]
    house.fleet.scale("images", 1, origin="panel:1")
    assert house.supervisor.alive() == ["images:1", "api:1", "server"]
    assert [child.name for child in house.fleet.status("images").children] == ["images:1"]
    first = house.heard.wait_for(WorkerScaled)
    second = house.heard.wait_for(WorkerScaled, count=2)
    assert (first.worker, first.processes, first.origin) == ("images", 3, "panel:1")
    assert (second.processes, second.reason) == (1, "scaled from 3 to 1")


def test_scaling_to_the_same_number_does_nothing(house: WorkersHouse) -> None:
    house.fleet.start()
    before, seq = list(house.supervisor.asked), house.bus.last_seq
    house.fleet.scale("images", 2)
    assert house.supervisor.asked == before
    assert house.bus.last_seq == seq


@pytest.mark.parametrize("processes", [-1, 257, 10_000, True, 1.5, "3"])
def test_a_number_of_processes_that_cannot_be_is_refused_and_changes_nothing(
    house: WorkersHouse, processes: int
) -> None:
    before = house.fleet.status("images").processes
    with pytest.raises(
        ValueError, match="worker 'images': processes: expected a whole number from 0 to 256, or 'auto'"
    ):
        house.fleet.scale("images", processes)
    assert house.fleet.status("images").processes == before


def test_down_ends_a_worker_alone_and_keeps_it_listed_until_it_is_up_again(house: WorkersHouse) -> None:
    house.fleet.start()
    house.fleet.down("images", origin="cli")
    assert house.supervisor.alive() == ["api:1", "server"]
    assert {child.state for child in house.fleet.status("images").children} == {ChildState.STOPPED}
    assert not house.fleet.status("images").is_up
    told = house.heard.wait_for(WorkerScaled)
    assert (told.processes, told.reason, told.origin) == (0, "taken down", "cli")
    house.fleet.up("images")
    assert sorted(house.supervisor.alive()) == sorted(ALL)
    assert house.heard.wait_for(WorkerScaled, count=2).processes == 2


def test_down_twice_asks_once(house: WorkersHouse) -> None:
    house.fleet.start()
    house.fleet.down("api")
    house.fleet.down("api")
    assert [what for what in house.supervisor.asked if what[0] == "stop"] == [("stop", "api:1", None)]


def test_worker_that_is_down_is_scaled_when_it_comes_up(house: WorkersHouse) -> None:
    house.fleet.start()
    house.fleet.down("images")
    house.fleet.scale("images", 1)
    assert house.supervisor.alive() == ["api:1", "server"]
    house.fleet.up("images")
    assert sorted(house.supervisor.alive()) == ["api:1", "images:1", "server"]


def test_up_brings_back_a_process_that_somebody_ended_by_hand_and_no_other_workers(
    house: WorkersHouse,
) -> None:
    house.fleet.start()
    house.supervisor.end("images:2")
    house.supervisor.end("api:1", ChildState.FAILED)
    house.fleet.up("images")
    assert sorted(house.supervisor.alive()) == ["images:1", "images:2", "server"]


def test_restart_replaces_each_process_that_runs_and_starts_those_that_do_not(house: WorkersHouse) -> None:
    house.fleet.start()
    house.supervisor.end("images:2")
    house.supervisor.asked.clear()
    house.fleet.restart("images", origin="cli")
    wait_until(lambda: house.fleet.is_settled)
    replaced = ("replace", "images:1", "somebody wanted it restarted", "cli")
    assert {what[:2]: what for what in house.supervisor.asked} == {
        ("replace", "images:1"): replaced,
        ("start", "images:2"): ("start", "images:2"),
    }


def test_restart_brings_back_at_once_what_waits_for_its_restart_or_is_leaving(house: WorkersHouse) -> None:
    house.fleet.start()
    house.supervisor.end("images:1", ChildState.CRASH_LOOPING)
    house.supervisor.leaves("images:2")
    house.supervisor.asked.clear()
    house.fleet.restart("images", origin="cli")
    assert sorted(house.supervisor.asked) == [("restart", "images:1", "cli"), ("restart", "images:2", "cli")]


def test_restart_brings_up_a_worker_that_is_down(house: WorkersHouse) -> None:
    house.fleet.start()
    house.fleet.down("api")
    house.fleet.restart("api")
    assert house.fleet.status("api").is_up
    assert "api:1" in house.supervisor.alive()


def test_wish_before_the_start_is_fulfilled_by_it(house: WorkersHouse) -> None:
    house.fleet.scale("images", 1)
    house.fleet.down("api")
    assert house.supervisor.asked == []
    house.fleet.start()
    assert starts(house) == ["images:1", "server"]


def test_number_that_somebody_said_stays_until_auto(house: WorkersHouse) -> None:
    house.fleet.start()
    assert not house.fleet.status("images").is_fixed
    house.fleet.scale("images", 5)
    house.fleet.down("images")
    house.fleet.up("images")
    assert house.fleet.status("images").is_fixed
    assert not house.fleet.adjust("images", (1, 2), instead_of=(1, 2, 3, 4, 5), reason="idle")
    house.fleet.scale("images", "auto")
    assert (house.fleet.status("images").is_fixed, house.fleet.status("images").processes) == (False, 4)
    house.fleet.scale("images", 0)
    house.fleet.scale("images", "auto")
    assert sorted(house.supervisor.alive()) == ["api:1", "images:1", "images:2", "server"]


def test_process_that_goes_leaves_a_gap_that_the_next_one_fills(house: WorkersHouse) -> None:
    house.fleet.start()
    assert house.fleet.adjust("images", (1, 2, 3), instead_of=(1, 2), reason="9 jobs wait")
    told = house.heard.wait_for(WorkerScaled)
    assert (told.processes, told.reason, told.origin) == (3, "9 jobs wait", "autoscaler")
    assert house.fleet.adjust("images", (1, 3), instead_of=(1, 2, 3), reason="idle for 60 s")
    assert [child.name for child in house.fleet.status("images").children] == ["images:1", "images:3"]
    house.fleet.scale("images", 3)
    assert sorted(house.supervisor.alive()) == ["api:1", "images:1", "images:2", "images:3", "server"]


def test_adjustment_that_comes_too_late_changes_nothing(house: WorkersHouse) -> None:
    house.fleet.start()
    assert not house.fleet.adjust("images", (1, 2), instead_of=(1, 2, 3), reason="late")
    house.fleet.down("images")
    assert not house.fleet.adjust("images", (1, 2, 3), instead_of=(1, 2), reason="late")
    assert house.supervisor.alive() == ["api:1", "server"]


@pytest.mark.parametrize("act", ["team", "up", "down", "restart", "status"])
def test_unknown_worker_is_told_with_the_known_ones(house: WorkersHouse, act: str) -> None:
    with pytest.raises(
        UnknownNameError, match=r"no worker is named 'image'; did you mean 'images'\? known: images, api"
    ):
        getattr(house.fleet, act)("image")


@pytest.fixture
def current(house: WorkersHouse) -> Iterator[Slot[object]]:
    CURRENT.put(house.fleet)
    yield CURRENT  # type: ignore[misc]  # a slot is not covariant; the tests only read it
    CURRENT.clear(house.fleet)


@pytest.mark.usefixtures("current")
def test_facade_speaks_to_the_current_fleet(house: WorkersHouse) -> None:
    house.fleet.start()
    QueueWorker.scale("images", 1)
    assert QueueWorker.status("images").processes == 1
    QueueWorker.down("images")
    assert not QueueWorker.status("images").is_up
    QueueWorker.up("images")
    QueueWorker.restart("images")
    wait_until(lambda: house.fleet.is_settled)
    assert house.supervisor.asked[-1][:2] == ("replace", "images:1")


def test_facade_without_a_runtime_says_what_to_do() -> None:
    with pytest.raises(NotConfiguredError, match="QueueWorker needs a runtime"):
        QueueWorker.up("images")
