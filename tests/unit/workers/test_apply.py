"""The fleet goes over to another configuration: what is the same is not touched, what was done by hand outlasts it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime.processes.events import ReplacementFailed
from native_runtime.processes.restart import RestartPolicy, RestartWhen
from native_runtime.workers.change import settle
from native_runtime.workers.config import Config, ProcessConfig, Processes, RuntimeConfig, WorkerConfig
from native_runtime.workers.events import ConfigReloaded
from tests.support.processes import wait_until
from tests.unit.workers.conftest import CONFIG

if TYPE_CHECKING:
    from tests.support.workers_house import WorkersHouse


def with_worker(name: str, **changes: object) -> Config:
    """The house's configuration with another section."""
    section = replace(CONFIG.workers.get(name, WorkerConfig(name=name)), **changes)  # type: ignore[arg-type]
    return replace(CONFIG, workers={**CONFIG.workers, name: section})


def asked(house: WorkersHouse) -> list[tuple[object, ...]]:
    """What was asked of the supervisor since the start, without reasons and origins."""
    wait_until(lambda: house.fleet.is_settled)
    return [what[:2] for what in house.supervisor.asked if what[0] != "call off"]


def started(house: WorkersHouse) -> WorkersHouse:
    house.fleet.start()
    house.supervisor.asked.clear()
    return house


def test_same_configuration_touches_nothing(house: WorkersHouse) -> None:
    told = started(house).fleet.apply(CONFIG, digest="abc", origin="panel:1")
    assert asked(house) == []
    assert told.kept == ("images:1", "images:2", "api:1", "server")
    assert (told.digest, told.origin) == ("abc", "panel:1")
    assert house.heard.wait_for(ConfigReloaded).seq == told.seq


def test_changed_worker_is_replaced_one_process_after_the_other(house: WorkersHouse) -> None:
    told = started(house).fleet.apply(with_worker("images", tries=9))
    assert (told.replaced, told.kept) == (("images:1", "images:2"), ("api:1", "server"))
    assert asked(house) == [("replace", "images:1"), ("replace", "images:2")]
    assert "--tries=9" in house.supervisor.specs["images:2"].command


def test_new_worker_is_started_and_one_that_is_gone_is_let_go(house: WorkersHouse) -> None:
    config = replace(CONFIG, workers={"new": WorkerConfig(name="new"), "api": CONFIG.workers["api"]})
    told = started(house).fleet.apply(config)
    assert (told.started, told.drained) == (("new:1",), ("images:1", "images:2"))
    assert asked(house) == [("start", "new:1"), ("retire", "images:1"), ("retire", "images:2")]
    assert house.fleet.names() == ("new", "api")


def test_changed_process_is_ended_before_it_is_started(house: WorkersHouse) -> None:
    config = replace(CONFIG, processes={"server": ProcessConfig(name="server", command=("server", "-v"))})
    assert started(house).fleet.apply(config).replaced == ("server",)
    assert asked(house) == [("stop", "server"), ("start", "server")]


def test_number_of_processes_changes_nothing_else(house: WorkersHouse) -> None:
    started(house).fleet.apply(with_worker("images", processes=Processes(min=3, max=3)))
    assert asked(house) == [("start", "images:3")]
    house.supervisor.asked.clear()
    house.fleet.apply(with_worker("images", processes=Processes(min=1, max=1)))
    assert asked(house) == [("retire", "images:2"), ("retire", "images:3")]


def test_number_set_by_hand_holds_until_the_file_names_another(house: WorkersHouse) -> None:
    started(house).fleet.scale("images", 3)
    house.fleet.apply(with_worker("api", tries=9))
    assert house.fleet.status("images").processes == 3
    assert house.fleet.status("images").is_fixed
    house.fleet.apply(with_worker("images", processes=Processes(min=1, max=2)))
    assert house.fleet.status("images").processes == 2
    assert not house.fleet.status("images").is_fixed


def test_worker_that_is_down_stays_down(house: WorkersHouse) -> None:
    started(house).fleet.down("images")
    house.supervisor.asked.clear()
    assert house.fleet.apply(with_worker("images", tries=9)).replaced == ()
    assert asked(house) == []
    house.fleet.up("images")
    assert "--tries=9" in house.supervisor.specs["images:1"].command


def test_worker_that_cannot_be_replaced_is_told_and_tried_again_until_the_file_says_otherwise(
    house: WorkersHouse,
) -> None:
    started(house).supervisor.unready.add("api:1")
    house.fleet.apply(with_worker("api", tries=9))
    failed = house.heard.wait_for(ReplacementFailed, name="api:1")
    assert (failed.error, failed.retry_in) == ("it ended before it was ready", 1.0)
    assert not house.fleet.is_settled
    house.fleet.apply(CONFIG)
    assert asked(house) == [("replace", "api:1")]


def test_worker_that_wants_to_be_recycled_is_replaced(house: WorkersHouse) -> None:
    started(house).ready("images:1")
    house.says("images:1", ev="recycle", reason="max_time")
    wait_until(lambda: house.supervisor.asked)
    assert asked(house) == [("replace", "images:1")]
    assert house.supervisor.asked[-1][2] == "it has reached its max_time"


def test_worker_that_cannot_be_recycled_now_is_told_to_stay(house: WorkersHouse) -> None:
    started(house).supervisor.unready.add("images:1")
    house.ready("images:1")
    house.says("images:1", ev="recycle", reason="memory")
    house.heard.wait_for(ReplacementFailed, name="images:1")
    wait_until(lambda: ("images:1", {"op": "stay"}) in house.supervisor.sent)


def test_worker_that_is_not_to_come_back_is_told_to_leave(house: WorkersHouse) -> None:
    house.fleet.apply(with_worker("api", restart=RestartPolicy(when=RestartWhen.NEVER)))
    started(house).says("api:1", ev="recycle", reason="max_jobs")
    wait_until(lambda: ("api:1", {"op": "drain"}) in house.supervisor.sent)
    assert asked(house) == []


def test_code_is_loaded_anew_by_all_workers_and_by_nothing_else(house: WorkersHouse) -> None:
    started(house).fleet.renew(reason="jobs.py has changed")
    assert sorted(asked(house)) == [("replace", "api:1"), ("replace", "images:1"), ("replace", "images:2")]


def test_preview_tells_what_an_edit_would_do_and_does_nothing(house: WorkersHouse) -> None:
    told = started(house).fleet.preview(with_worker("api", tries=9))
    assert told == (("keep", "images:1"), ("keep", "images:2"), ("replace", "api:1"), ("keep", "server"))
    assert asked(house) == []
    assert house.fleet.config == CONFIG


def test_edit_before_the_start_is_what_the_start_starts(house: WorkersHouse) -> None:
    house.fleet.apply(with_worker("images", processes=Processes(min=1, max=1)))
    assert house.supervisor.asked == []
    house.fleet.start()
    assert house.supervisor.alive() == ["images:1", "api:1", "server"]


def test_keys_that_wait_for_the_next_start_keep_their_values() -> None:
    now = Config(runtime=RuntimeConfig(app="Desk", jobs=("a",), durability="app"))
    edited = Config(
        runtime=RuntimeConfig(app="Table", jobs=("b",), durability="power", data_dir=Path("x"), watch=False)
    )
    holds, waiting = settle(now, edited)
    assert holds.runtime == RuntimeConfig(app="Desk", jobs=("b",), durability="app")
    assert waiting == ("runtime.app", "runtime.data_dir", "runtime.durability", "runtime.watch")
