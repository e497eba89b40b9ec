"""A worker that has lived long enough is replaced by one that is ready; source code and handlers that edit, too."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from native_runtime import ChildProcess, Runtime
from native_runtime.events.loop_guard import DEFAULT_DEPTH
from native_runtime.events.refused_loop import FeedbackLoopRefused
from native_runtime.processes.events import (
    ProcessExited,
    ProcessReplaced,
    ProcessRestarting,
    ProcessStopping,
    ReplacementFailed,
)
from native_runtime.workers.events import ConfigReloaded
from tests.support import jobs
from tests.support.processes import wait_until
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
    max_jobs = 4
"""


def test_no_process_runs_more_than_max_jobs_and_each_leaves_when_the_next_is_ready(
    make_runtime: Callable[..., Runtime],
) -> None:
    runtime = make_runtime(CONFIG)
    runtime.start()
    heard = Recorder(runtime.bus)
    handles = [jobs.tells_its_pid.dispatch() for _ in range(18)]
    pids = Counter(handle.result(timeout=DEADLINE) for handle in handles)
    assert set(pids.values()) == {4, 2}
    assert len(pids) == 5
    for number in range(1, 5):
        replaced = heard.wait_for(ProcessReplaced, name="default:1", count=number)
        assert replaced.reason == "it has reached its max_jobs"
        exited = heard.wait_for(ProcessExited, pid=replaced.old_pid)
        assert (exited.name, exited.reason, exited.exit_code) == ("default:1", "recycled", 0)
        assert exited.seq > replaced.seq
    assert len(heard.all(ProcessStopping)) == 4
    assert ChildProcess.all()["default:1"].snapshot.restarts == 4


def test_worker_over_its_memory_leaves_with_code_12_once_a_fresh_one_is_ready(
    make_runtime: Callable[..., Runtime],
) -> None:
    runtime = make_runtime(CONFIG.replace("max_jobs = 4", "memory = 64\nmemory_kill = 512"))
    runtime.start()
    heard = Recorder(runtime.bus)
    before = jobs.grows_by.dispatch(60).result(timeout=DEADLINE)
    replaced = heard.wait_for(ProcessReplaced, name="default:1")
    assert (replaced.old_pid, replaced.reason) == (before, "it has reached its memory")
    exited = heard.wait_for(ProcessExited, pid=before)
    assert (exited.reason, exited.exit_code) == ("memory_limit", 12)
    assert exited.seq > replaced.seq
    assert jobs.tells_its_pid.dispatch().result(timeout=DEADLINE) == replaced.pid


def test_worker_whose_successor_cannot_start_works_on_and_is_replaced_later(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    (tmp_path / "code_of_today.py").write_text("")
    runtime = make_runtime(CONFIG.replace('"tests.support.jobs"', '"tests.support.jobs", "code_of_today"'))
    runtime.start()
    heard = Recorder(runtime.bus)
    first = jobs.tells_its_pid.dispatch().result(timeout=DEADLINE)
    (tmp_path / "code_of_today.py").write_text("raise ValueError('half done')")
    pids = [jobs.tells_its_pid.dispatch().result(timeout=DEADLINE) for _ in range(8)]
    assert set(pids) == {first}
    failed = heard.wait_for(ReplacementFailed, name="default:1")
    assert "ValueError: half done" in failed.error
    (tmp_path / "code_of_today.py").write_text("DONE = True")
    assert heard.wait_for(ProcessReplaced, name="default:1").old_pid == first


def test_saved_source_code_is_loaded_by_fresh_workers(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    code = tmp_path / "src"
    code.mkdir()
    (code / "album.py").write_text("TITLE = 'old'\n")
    runtime = make_runtime(CONFIG + '    [dev]\n    reload = ["src"]\n')
    runtime.start()
    heard = Recorder(runtime.bus)
    first = jobs.tells_its_pid.dispatch().result(timeout=DEADLINE)
    (code / "album.py").write_text("TITLE = 'new'\n")
    replaced = heard.wait_for(ProcessReplaced, name="default:1")
    assert (replaced.old_pid, replaced.reason) == (first, "album.py has changed")


def test_handler_that_edits_the_file_whenever_it_has_changed_does_so_no_more_than_a_few_times(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    file = tmp_path / "workers.toml"
    runtime = make_runtime(CONFIG)
    runtime.start()
    heard = Recorder(runtime.bus)
    edits: list[str] = []

    def edit(event: ConfigReloaded) -> None:
        edits.append(event.digest)
        file.write_text(f"{file.read_text()}# {len(edits)}\n")

    runtime.on(ConfigReloaded, edit)
    file.write_text(file.read_text().replace("max_jobs = 4", "max_jobs = 5"))
    wait_until(lambda: any("edit" in each.circle[0] for each in heard.all(FeedbackLoopRefused)))
    assert len(edits) <= DEFAULT_DEPTH
    assert file.read_text().count("# ") == len(edits)


def test_worker_that_leaves_when_empty_is_not_brought_back_faster_than_it_would_look_itself(
    make_runtime: Callable[..., Runtime],
) -> None:
    runtime = make_runtime(CONFIG)
    runtime.start()
    heard = Recorder(runtime.bus)
    told = jobs.tells_its_pid.options(queue="visits").dispatch()
    command = ["queue:work", "--queue=visits", "--stop-when-empty", "--sleep=0.05"]
    ChildProcess.start(command, "visitor", persistent=True)
    for number in range(1, 9):  # more often than a crashing child may come back
        back = heard.wait_for(ProcessRestarting, name="visitor", count=number)
        assert (back.delay, back.crash_looping) == (0.05, False)
    assert told.result(timeout=DEADLINE) == heard.wait_for(ProcessExited, name="visitor", count=1).pid
    again = jobs.tells_its_pid.options(queue="visits").dispatch()
    assert isinstance(again.result(timeout=DEADLINE), int)
