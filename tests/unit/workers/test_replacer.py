"""Nothing that was to be replaced is forgotten, whatever else is wanted of it meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from native_runtime.processes.events import ReplacementFailed
from native_runtime.workers.config import Config, ProcessConfig
from tests.support.processes import wait_until
from tests.support.workers_house import WorkersHouse
from tests.unit.workers.conftest import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

EDITED = replace(CONFIG, workers={**CONFIG.workers, "api": replace(CONFIG.workers["api"], tries=9)})


def replaced(house: WorkersHouse) -> list[object]:
    """Why each process was replaced, or tried to be, once none is due any more."""
    wait_until(lambda: house.fleet.is_settled)
    return [what[2] for what in house.supervisor.asked if what[0] == "replace"]


def time_goes_by(house: WorkersHouse, config: Config = CONFIG) -> None:
    """So long that everything is tried again, and none is due any more."""

    def is_settled() -> bool:
        if house.fleet.is_settled:
            return True
        house.clock.advance(120)  # again and again: what has just failed is put off from then on
        house.fleet.apply(config)  # wakes whoever waits
        return False

    wait_until(is_settled)


def test_edit_that_is_taken_back_does_not_forget_who_was_to_be_replaced_anyway(house: WorkersHouse) -> None:
    house.fleet.start()
    old = house.pid_of("api:1")
    house.supervisor.unready.add("api:1")
    house.fleet.renew(reason="jobs.py has changed")
    house.heard.wait_for(ReplacementFailed, name="api:1")
    house.fleet.apply(EDITED)
    house.heard.wait_for(ReplacementFailed, name="api:1", count=2)
    house.fleet.apply(CONFIG)
    house.supervisor.unready.clear()
    time_goes_by(house)
    assert house.pid_of("api:1") != old
    assert "--tries=1" in house.supervisor.specs["api:1"].command


def test_code_that_changes_while_a_fresh_process_starts_is_loaded_by_another(house: WorkersHouse) -> None:
    house.fleet.start()
    stale: dict[str, int] = {}

    def change_again(name: str) -> None:
        if name == "api:1" and not stale:  # the processes of another worker are replaced beside it
            stale[name] = house.pid_of(f"{name}+")
            house.fleet.renew(reason="jobs.py has changed again")

    house.supervisor.on_replace = change_again
    house.fleet.renew(reason="jobs.py has changed")
    wait_until(lambda: house.fleet.is_settled)
    ((name, pid),) = stale.items()
    assert house.pid_of(name) != pid


def test_worker_that_reaches_a_limit_while_it_is_replaced_is_replaced_once(house: WorkersHouse) -> None:
    house.fleet.start()
    house.ready("api:1")
    old = house.pid_of("api:1")

    def reach_a_limit(name: str) -> None:
        house.supervisor.on_control(name, old, {"ev": "recycle", "reason": "max_jobs"})

    house.supervisor.on_replace = reach_a_limit
    house.fleet.apply(EDITED)
    assert replaced(house) == ["its settings in workers.toml have changed"]


def test_edit_that_is_taken_back_in_the_moment_in_which_it_holds_is_taken_back(house: WorkersHouse) -> None:
    house.fleet.start()

    def take_back(_name: str) -> None:
        house.supervisor.on_replace = lambda _name: None
        house.fleet.apply(CONFIG)

    house.supervisor.on_replace = take_back
    house.fleet.apply(EDITED)
    assert len(replaced(house)) == 2
    assert "--tries=1" in house.supervisor.specs["api:1"].command


def test_process_that_is_leaving_and_comes_back_as_it_was_is_replaced_then(house: WorkersHouse) -> None:
    house.fleet.start()
    house.ready("images:1")
    house.supervisor.leaves("api:1")
    house.fleet.apply(EDITED)
    wait_until(lambda: ("replace", "api:1") in [what[:2] for what in house.supervisor.asked])
    house.supervisor.comes_back("api:1")
    assert "--tries=1" in house.supervisor.specs["api:1"].command

    def is_replaced() -> bool:
        house.clock.advance(120)  # again and again: it may be put off only now
        house.says("images:1", ev="recycle", reason="max_jobs")  # wakes whoever waits
        return "--tries=9" in house.supervisor.specs["api:1"].command

    wait_until(is_replaced)
    wait_until(lambda: house.fleet.is_settled)
    assert "--tries=9" in house.supervisor.specs["api:1"].command
    assert house.heard.all(ReplacementFailed) == []


def test_process_that_leaves_for_good_is_not_waited_for(house: WorkersHouse) -> None:
    house.fleet.start()
    house.supervisor.leaves("api:1")
    house.fleet.apply(EDITED)
    wait_until(lambda: ("replace", "api:1") in [what[:2] for what in house.supervisor.asked])
    house.supervisor.end("api:1")
    time_goes_by(house, EDITED)
    assert "api:1" not in house.supervisor.alive()


def test_failure_that_nobody_expected_holds_up_no_other_replacement(
    house: WorkersHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house.fleet.start()

    def fail(_name: str) -> None:
        house.supervisor.on_replace = lambda _name: None
        raise KeyError("nobody expected this")

    house.supervisor.on_replace = fail
    images = replace(CONFIG.workers["images"], tries=9)
    house.fleet.apply(replace(CONFIG, workers={**CONFIG.workers, "images": images}))
    assert len(replaced(house)) == 2
    assert "images:1 was not replaced" in caplog.text
    assert "--tries=9" in house.supervisor.specs["images:2"].command


def test_process_goes_on_where_its_new_program_is_not_there(tmp_path: Path) -> None:
    def check(spec: object) -> None:
        raise FileNotFoundError(f"no such program: {spec}")

    house = WorkersHouse(tmp_path / "data", CONFIG, check=check)
    house.fleet.start()
    wrong = {"server": ProcessConfig(name="server", command=("sever",))}
    house.fleet.apply(replace(CONFIG, processes=wrong))
    failed = house.heard.wait_for(ReplacementFailed, name="server")
    assert "no such program" in failed.error
    assert "server" in house.supervisor.alive()
    assert not [what for what in house.supervisor.asked if what[0] == "stop"]
    house.fleet.apply(CONFIG)
    wait_until(lambda: house.fleet.is_settled)
    house.close()


def test_process_goes_on_where_its_new_folder_is_not_there(house: WorkersHouse, tmp_path: Path) -> None:
    house.fleet.start()
    moved = {"server": ProcessConfig(name="server", command=("server",), cwd=tmp_path / "none")}
    house.fleet.apply(replace(CONFIG, processes=moved))
    assert "expected a folder" in house.heard.wait_for(ReplacementFailed, name="server").error
    assert "server" in house.supervisor.alive()
    (tmp_path / "none").mkdir()
    time_goes_by(house, replace(CONFIG, processes=moved))
    wait_until(lambda: house.supervisor.specs["server"].cwd == tmp_path / "none")
