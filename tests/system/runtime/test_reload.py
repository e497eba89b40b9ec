"""An edit of workers.toml holds at once: what is not changed is not touched, what is has no gap."""

from __future__ import annotations

import json
import os
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from native_runtime import ChildProcess, QueueWorker, Runtime
from native_runtime.processes.events import ProcessExited, ProcessReplaced, ReplacementFailed
from native_runtime.queue.events import JobFailed, JobStarted
from native_runtime.workers.events import ConfigRejected, ConfigReloaded
from native_runtime.workers.file_watch import digest_of
from native_runtime.workers.own_writes import OWN_WRITES, OwnWrite
from tests.support import jobs
from tests.support.processes import is_running, wait_until
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy
CONFIG = """
    [runtime]
    jobs = ["tests.support.jobs"]
    data_dir = "data"

    [workers.default]

    [workers.steady]
    queues = ["steady"]
"""


class Desk:
    """A running app and the file that somebody edits."""

    def __init__(self, runtime: Runtime, file: Path) -> None:
        self.runtime = runtime
        self.file = file
        self.heard = Recorder(runtime.bus)
        self._count = 0

    def save(self, text: str) -> ConfigReloaded:
        """Save another text, and wait until it holds."""
        self._count += 1
        self.file.write_text(dedent(text))
        return self.heard.wait_for(ConfigReloaded, count=self._count)

    def pid(self, child: str) -> int:
        process = ChildProcess.get(child)
        assert process is not None
        assert process.pid is not None
        return process.pid

    def is_settled(self) -> bool:
        return self.runtime.workers.is_settled


@pytest.fixture
def desk(make_runtime: Callable[..., Runtime], tmp_path: Path) -> Desk:
    runtime = make_runtime(CONFIG)
    runtime.start()
    wait_until(lambda: all(child.status == "idle" for child in ChildProcess.all().values()))
    return Desk(runtime, tmp_path / "workers.toml")


def test_changed_worker_is_replaced_while_its_job_goes_on_and_the_others_are_not_touched(
    desk: Desk, tmp_path: Path
) -> None:
    handle = jobs.waits_for_file.dispatch(tmp_path / "go")
    desk.heard.wait_for(JobStarted, job_id=handle.id)
    old, steady = desk.pid("default:1"), desk.pid("steady:1")
    told = desk.save(CONFIG.replace("[workers.default]", "[workers.default]\n    tries = 5"))
    assert (told.kept, told.replaced, told.started, told.drained) == (("steady:1",), ("default:1",), (), ())
    replaced = desk.heard.wait_for(ProcessReplaced, name="default:1")
    assert (replaced.old_pid, replaced.pid) == (old, desk.pid("default:1"))
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3  # the fresh one works beside it
    assert f"default:1~{old}" in ChildProcess.all()
    assert is_running(old)
    (tmp_path / "go").touch()
    assert handle.result(timeout=DEADLINE) == 1
    left = desk.heard.wait_for(ProcessExited, pid=old)
    assert (left.name, left.reason, left.exit_code) == ("default:1", "recycled", 0)
    wait_until(lambda: list(ChildProcess.all()) == ["default:1", "steady:1"])
    snapshot = ChildProcess.all()["default:1"].snapshot
    assert snapshot.restarts == 1
    assert snapshot.last_exit is not None
    assert snapshot.last_exit.reason == "recycled"
    assert desk.pid("steady:1") == steady


def test_added_worker_starts_and_removed_one_finishes_its_job_before_it_goes(
    desk: Desk, tmp_path: Path
) -> None:
    handle = jobs.waits_for_file.dispatch(tmp_path / "go")
    desk.heard.wait_for(JobStarted, job_id=handle.id)
    old = desk.pid("default:1")
    told = desk.save(CONFIG.replace("[workers.default]", '[workers.more]\n    queues = ["more"]'))
    assert (told.started, told.drained) == (("more:1",), ("default:1",))
    assert jobs.add.options(queue="more").dispatch(1, 2).result(timeout=DEADLINE) == 3
    assert QueueWorker.status("more").is_up
    assert ChildProcess.get("default:1") is None
    (tmp_path / "go").touch()
    assert handle.result(timeout=DEADLINE) == 1
    assert desk.heard.wait_for(ProcessExited, pid=old).reason == "stopped"


def test_timeout_of_a_job_holds_in_a_worker_that_drains(desk: Desk) -> None:
    handle = jobs.computes_for_ever.options(tries=1, timeout=2).dispatch()
    desk.heard.wait_for(JobStarted, job_id=handle.id)
    old = desk.pid("default:1")
    desk.save(CONFIG.replace("[workers.default]", ""))
    assert desk.heard.wait_for(JobFailed, job_id=handle.id).outcome == "timeout"
    assert desk.heard.wait_for(ProcessExited, pid=old).reason == "timeout"


def test_worker_that_is_removed_and_brought_back_while_it_drains_has_a_fresh_process(
    desk: Desk, tmp_path: Path
) -> None:
    handle = jobs.waits_for_file.dispatch(tmp_path / "go")
    desk.heard.wait_for(JobStarted, job_id=handle.id)
    old = desk.pid("default:1")
    desk.save(CONFIG.replace("[workers.default]", ""))
    desk.save(CONFIG)
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    assert desk.pid("default:1") != old
    (tmp_path / "go").touch()
    assert handle.result(timeout=DEADLINE) == 1


def test_invalid_edit_is_told_and_changes_nothing_until_it_is_mended(desk: Desk) -> None:
    before = {name: child.pid for name, child in ChildProcess.all().items()}
    desk.file.write_text("[workers.default]\ntrys = 3\n[workers.other\n")
    broken = desk.heard.wait_for(ConfigRejected)
    assert broken.problems[0].startswith("workers.toml:3:")
    desk.file.write_text("[workers.default]\ntrys = 3\n")
    wrong = desk.heard.wait_for(ConfigRejected, count=2)
    assert wrong.problems == ("workers.toml:2:1: workers.default.trys: unknown key; did you mean 'tries'?",)
    assert {name: child.pid for name, child in ChildProcess.all().items()} == before
    assert not desk.heard.all(ConfigReloaded)
    assert desk.save(CONFIG + "    tries = 9\n").replaced == ("steady:1",)


def test_worker_whose_new_settings_cannot_start_keeps_its_process_and_says_why(desk: Desk) -> None:
    old = desk.pid("default:1")
    broken = CONFIG.replace(
        "[workers.default]", '[workers.default]\n    on_start = "tests.support.jobs:none"'
    )
    desk.save(broken)
    failed = desk.heard.wait_for(ReplacementFailed, name="default:1")
    assert "--on-start=tests.support.jobs:none failed" in failed.error
    assert failed.retry_in == 1.0
    assert desk.pid("default:1") == old
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    assert not desk.heard.all(ProcessExited, name="default:1")
    assert desk.save(CONFIG).kept == ("steady:1",)
    wait_until(desk.is_settled)
    assert desk.pid("default:1") == old


def test_process_is_ended_before_its_replacement_starts(desk: Desk) -> None:
    command = json.dumps([sys.executable, "-c", "import time; time.sleep(3600)"])
    desk.save(CONFIG + f"    [processes.server]\n    command = {command}\n")
    old = desk.pid("server")
    told = desk.save(CONFIG + f"    [processes.server]\n    command = {command}\n    env = {{ A = '1' }}\n")
    assert told.replaced == ("server",)
    wait_until(lambda: desk.is_settled() and desk.pid("server") != old)
    assert not is_running(old)
    assert desk.save(CONFIG).drained == ("server",)
    wait_until(lambda: ChildProcess.get("server") is None)


def test_what_was_changed_by_hand_outlasts_edits_until_the_file_says_otherwise(desk: Desk) -> None:
    QueueWorker.scale("default", 2)
    QueueWorker.down("steady")
    told = desk.save(CONFIG + "    tries = 7\n")
    assert (told.kept, told.replaced) == (("default:1", "default:2"), ())
    assert not QueueWorker.status("steady").is_up
    told = desk.save(CONFIG.replace("[workers.default]", "[workers.default]\n    processes = 3"))
    assert (told.kept, told.started) == (("default:1", "default:2"), ("default:3",))
    QueueWorker.up("steady")
    assert jobs.note.dispatch(desk.file.parent, "note").result(timeout=DEADLINE) is None


def test_keys_that_name_what_the_app_has_opened_wait_for_its_next_start(desk: Desk) -> None:
    told = desk.save(CONFIG.replace('data_dir = "data"', 'data_dir = "elsewhere"\n    durability = "power"'))
    assert told.needs_restart == ("runtime.data_dir", "runtime.durability")
    assert told.kept == ("default:1", "steady:1")
    assert desk.runtime.config.runtime.durability == "app"


def test_edit_of_the_apps_own_is_applied_once_and_in_the_name_of_whoever_made_it(desk: Desk) -> None:
    text = CONFIG.replace("[workers.default]", "[workers.default]\n    tries = 8")
    OWN_WRITES.note(
        OwnWrite(digest=digest_of(dedent(text).replace("\n", os.linesep).encode()), origin="panel:1")
    )
    told = desk.save(text)
    assert (told.origin, told.replaced) == ("panel:1", ("default:1",))
    assert not desk.runtime.live.look()
    assert desk.heard.wait_for(ProcessReplaced, name="default:1").origin == "panel:1"
    assert desk.save(CONFIG).origin is None
    assert desk.save(text).origin is None  # a person has brought that text back
    assert len(desk.heard.all(ConfigReloaded)) == 3


def test_file_that_is_not_watched_is_read_when_somebody_asks(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    config = CONFIG.replace("[runtime]", "[runtime]\n    watch = false")
    runtime = make_runtime(config)
    runtime.start()
    desk = Desk(runtime, tmp_path / "workers.toml")
    desk.file.write_text(dedent(config) + "tries = 8\n")
    assert runtime.live.look()
    assert desk.heard.wait_for(ConfigReloaded).replaced == ("steady:1",)


def test_code_is_loaded_anew_without_an_interruption(desk: Desk, tmp_path: Path) -> None:
    handle = jobs.waits_for_file.dispatch(tmp_path / "go")
    desk.heard.wait_for(JobStarted, job_id=handle.id)
    before = {name: child.pid for name, child in ChildProcess.all().items()}
    desk.runtime.reload()
    wait_until(lambda: len(desk.heard.all(ProcessReplaced)) == len(before))
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    assert all(desk.pid(name) != pid for name, pid in before.items())
    (tmp_path / "go").touch()
    assert handle.result(timeout=DEADLINE) == 1


def test_app_that_stops_in_the_middle_of_a_replacement_leaves_nothing_running(
    desk: Desk, tmp_path: Path
) -> None:
    handle = jobs.waits_for_file.dispatch(tmp_path / "never")
    desk.heard.wait_for(JobStarted, job_id=handle.id)
    desk.save(CONFIG.replace("[workers.default]", "[workers.default]\n    stop_timeout = 0.2\n    tries = 4"))
    replaced = desk.heard.wait_for(ProcessReplaced, name="default:1")
    desk.runtime.reload()
    assert replaced.old_pid is not None
    ChildProcess.stop("default:1")
    desk.runtime.stop()
    assert not is_running(replaced.old_pid)
    assert not is_running(replaced.pid)
