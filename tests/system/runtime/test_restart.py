"""`QueueWorker.restart` leaves no gap: a fresh process is ready before the old one leaves, and no job is lost or run twice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime import ChildProcess, QueueWorker, Runtime
from native_runtime.processes.events import (
    ProcessExited,
    ProcessReady,
    ProcessReplaced,
    ProcessStopping,
    ReplacementFailed,
)
from native_runtime.queue.events import JobStarted
from tests.support import jobs
from tests.support.processes import wait_until, wait_until_gone
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy
CONFIG = """
    [runtime]
    jobs = ["tests.support.jobs", "code_of_today"]
    data_dir = "data"

    [workers.default]
    processes = 2
    sleep = 0.1
"""


class Desk:
    """A running app with two processes of one worker."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self.runtime = runtime
        self.code = folder / "code_of_today.py"
        self.file = folder / "workers.toml"
        self.heard = Recorder(runtime.bus)

    def pids(self) -> dict[str, int | None]:
        return {name: child.pid for name, child in self.runtime.supervisor.all().items()}

    def is_settled(self) -> bool:
        return self.runtime.workers.is_settled and set(self.pids()) == {"default:1", "default:2"}


@pytest.fixture
def desk(make_runtime: Callable[..., Runtime], tmp_path: Path) -> Desk:
    (tmp_path / "code_of_today.py").write_text("")
    runtime = make_runtime(CONFIG)
    runtime.start()
    wait_until(lambda: all(child.status == "idle" for child in ChildProcess.all().values()))
    return Desk(runtime, tmp_path)


class Load:
    """Notes that each job leaves, dispatched until it is stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []
        folder.mkdir()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self._end.set()
        self._thread.join()

    def runs(self) -> set[str]:
        """How the notes of all jobs read; `ran` of each that ran once."""
        return {
            (self.folder / name).read_text() if (self.folder / name).exists() else "" for name in self.names
        }

    def _run(self) -> None:
        while not self._end.wait(0.01):
            name = f"job{len(self.names)}"
            jobs.note_slowly.options(queue="default", tries=1).dispatch(self.folder, name, 0.02)
            self.names.append(name)


def test_each_process_is_replaced_by_one_that_is_ready_and_finishes_its_job(
    desk: Desk, tmp_path: Path
) -> None:
    before = desk.pids()
    handles = [jobs.waits_for_file.dispatch(tmp_path / "go") for _ in before]
    for handle in handles:
        desk.heard.wait_for(JobStarted, job_id=handle.id)
    QueueWorker.restart("default")
    replaced = [desk.heard.wait_for(ProcessReplaced, name=name) for name in before]
    assert {each.name: each.old_pid for each in replaced} == before
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3  # while the old ones are at their job
    assert not [each for each in desk.heard.all(ProcessExited) if each.pid in before.values()]
    (tmp_path / "go").touch()
    assert [handle.result(timeout=DEADLINE) for handle in handles] == [1, 1]  # the first attempt of each
    for each in replaced:
        assert desk.heard.wait_for(ProcessReady, pid=each.pid).seq < each.seq + 2
        assert desk.heard.wait_for(ProcessStopping, pid=each.old_pid).seq > each.seq
        assert desk.heard.wait_for(ProcessExited, pid=each.old_pid).reason == "recycled"
    wait_until(desk.is_settled)


def test_process_goes_on_while_no_fresh_one_can_start_and_is_replaced_when_one_can(desk: Desk) -> None:
    before = desk.pids()
    desk.code.write_text("raise ValueError('half done')")
    QueueWorker.restart("default")
    failed = desk.heard.wait_for(ReplacementFailed)
    assert "ValueError: half done" in failed.error
    assert failed.reason == "somebody wanted it restarted"
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    assert {name: pid for name, pid in desk.pids().items() if "+" not in name} == before
    desk.code.write_text("")
    for name in before:
        desk.heard.wait_for(ProcessReplaced, name=name)
    wait_until(desk.is_settled)
    assert not set(desk.pids().values()) & set(before.values())


def test_restarts_and_edits_under_load_lose_no_job_and_run_none_twice(desk: Desk, tmp_path: Path) -> None:
    before, load = desk.pids(), Load(tmp_path / "notes")
    QueueWorker.restart("default")
    QueueWorker.restart("default")
    desk.heard.wait_for(ProcessReplaced)
    desk.file.write_text(desk.file.read_text().replace("sleep = 0.1", "sleep = 0.2"))
    QueueWorker.restart("default")
    wait_until(lambda: desk.runtime.config.workers["default"].sleep == 0.2)
    QueueWorker.restart("default")
    wait_until(desk.is_settled)
    load.end()
    wait_until(lambda: load.runs() == {"ran\n"})
    assert load.names
    assert not set(desk.pids().values()) & set(before.values())
    commands = [child.command for child in desk.runtime.supervisor.all().values()]
    assert {"--sleep=0.2" in command for command in commands} == {True}
    # Of those that had a name; a newcomer whose settings were outdated before it was ready had none yet.
    left = [each.reason for each in desk.heard.all(ProcessExited) if each.name in before]
    assert set(left) == {"recycled"}


def test_worker_that_is_down_comes_up_and_one_that_waits_is_tried_at_once(desk: Desk) -> None:
    QueueWorker.down("default")
    QueueWorker.restart("default")
    wait_until(lambda: all(child.status == "idle" for child in ChildProcess.all().values()))
    first = desk.pids()
    desk.code.write_text("raise ValueError('half done')")
    QueueWorker.down("default")
    QueueWorker.up("default")
    wait_until(lambda: {child.status for child in ChildProcess.all().values()} == {"crash_looping"})
    desk.code.write_text("")
    QueueWorker.restart("default")
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    wait_until(lambda: all(child.status == "idle" for child in ChildProcess.all().values()))
    assert not set(desk.pids().values()) & set(first.values())


def test_app_that_stops_in_the_middle_of_a_restart_leaves_nothing_running(desk: Desk) -> None:
    QueueWorker.restart("default")
    wait_until(lambda: [name for name in desk.pids() if name.endswith("+")])
    pids = [pid for pid in desk.pids().values() if pid]
    desk.runtime.stop()
    wait_until_gone(*pids)
