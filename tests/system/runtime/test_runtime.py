from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import (
    AlreadyRunningError,
    ChildProcess,
    NativeRuntimeError,
    NotConfiguredError,
    QueueWorker,
    Runtime,
    UnknownNameError,
    connect,
)
from native_runtime.errors import JobCancelledError, JobFailedError
from native_runtime.processes.crash_report import read_reports
from native_runtime.processes.events import CrashReported, ProcessExited, ProcessReady
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.events import (
    JobCancelled,
    JobFailed,
    JobProgress,
    JobQueued,
    JobRetrying,
    JobStarted,
    JobSucceeded,
)
from native_runtime.queue.handle import JobHandle
from native_runtime.workers import job_watch
from native_runtime.workers.config import Config
from tests.support import jobs
from tests.support.processes import is_running, kill, wait_until, wait_until_gone
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime.queue.job_function import JobFunction


DEADLINE = 60.0  # seconds
posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="no signals there: ctypes turns a bad access into an exception"
)


def test_job_runs_in_a_worker_and_its_story_is_told(runtime: Runtime, recorder: Recorder) -> None:
    handle = jobs.add.dispatch(2, b=3)
    assert handle.result(timeout=DEADLINE) == 5
    assert handle.status == "success"
    done = recorder.wait_for(JobSucceeded, job_id=handle.id)
    assert (done.job, done.queue, done.attempt) == ("tests.support.jobs.add", "default", 1)
    recorder.wait_for(JobQueued)  # told by the app, after a worker that was just looking may have run it
    kinds = [type(event) for event in recorder.all(JobQueued) + recorder.all(JobStarted)]
    assert kinds == [JobQueued, JobStarted]
    assert runtime.workers.status("default").is_up


def test_failed_job_keeps_its_class_message_and_traceback(runtime: Runtime, recorder: Recorder) -> None:
    handle = jobs.fails.dispatch("no such album")
    with pytest.raises(JobFailedError, match="ValueError: no such album"):
        handle.result(timeout=DEADLINE)
    recorder.wait_for(JobFailed, job_id=handle.id, outcome="failed")
    job = runtime.queue.driver.find(handle.id)
    assert job is not None
    assert "raise ValueError(message)" in job.traceback


def test_progress_of_a_running_job_can_be_seen(recorder: Recorder, tmp_path: Path) -> None:
    handle = jobs.waits_for_file.dispatch(tmp_path / "go")
    event = recorder.wait_for(JobProgress, job_id=handle.id)
    assert (event.progress, event.note) == (0.5, "waiting")
    assert handle.progress == 0.5
    (tmp_path / "go").touch()
    assert handle.result(timeout=DEADLINE) == 1


def test_job_of_a_worker_killed_three_times_runs_again_and_counts_its_attempts(
    runtime: Runtime, recorder: Recorder, tmp_path: Path
) -> None:
    handle = jobs.waits_for_file.options(tries=9).dispatch(tmp_path / "go")
    for count in range(1, 4):
        recorder.wait_for(JobStarted, job_id=handle.id, count=count)
        pid = ChildProcess.get("default:1").pid  # type: ignore[union-attr]
        assert pid
        kill(pid)
        recorder.wait_for(ProcessExited, name="default:1", pid=pid)
        recorder.wait_for(ProcessReady, name="default:1", count=count)
    (tmp_path / "go").touch()
    assert handle.result(timeout=DEADLINE) == 4
    assert len(recorder.all(JobRetrying, job_id=handle.id)) == 3
    recorder.wait_for(CrashReported, name="default:1", count=3)
    reports = read_reports(runtime.folders.crashes)
    assert [report["job"]["id"] for report in reports] == [handle.id] * 3


@pytest.mark.parametrize(
    ("poison", "outcome", "exit_reason"),
    [
        (jobs.allocates_without_end, "oom", "memory_limit"),
        (jobs.exits_hard, "crashed", "crashed"),
        pytest.param(jobs.segfaults, "crashed", "crashed", marks=posix_only),
        pytest.param(jobs.kills_itself, "oom", "oom_killed", marks=posix_only),
        (jobs.computes_for_ever, "timeout", "timeout"),
    ],
)
def test_poison_job_ends_as_failed_after_its_tries_and_other_queues_go_on(
    recorder: Recorder, tmp_path: Path, poison: JobFunction[[], Any, Any], outcome: str, exit_reason: str
) -> None:
    handle = poison.dispatch()
    bystanders = [jobs.note.dispatch(tmp_path, f"note{number}") for number in range(20)]
    failed = recorder.wait_for(JobFailed, job_id=handle.id)
    assert (failed.outcome, failed.attempt, handle.status) == (outcome, 2, outcome)
    recorder.wait_for(ProcessExited, reason=exit_reason, count=2)
    for bystander in bystanders:
        bystander.result(timeout=DEADLINE)
    assert all((tmp_path / f"note{number}").read_text() == "ran\n" for number in range(20))
    assert not recorder.all(ProcessExited, name="steady:1")


def test_timeout_is_first_an_exception_inside_the_job(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_watch, "GRACE", DEADLINE)  # for a worker that is slow today
    handle = jobs.sleeps_for_ever.dispatch()
    failed = recorder.wait_for(JobFailed, job_id=handle.id)
    assert (failed.outcome, failed.error.split(":")[0]) == ("timeout", "JobTimeoutError")
    assert not recorder.all(ProcessExited)


def test_started_queue_work_command_is_a_worker_like_those_of_the_file(recorder: Recorder) -> None:
    child = ChildProcess.start(["queue:work", "--queue=extra"], "worker-1", persistent=True)
    handle = jobs.add.options(queue="extra").dispatch(1, 2)
    assert handle.result(timeout=DEADLINE) == 3
    assert recorder.wait_for(JobSucceeded, job_id=handle.id).worker == "worker-1"
    assert child.status in ("idle", "busy", "running")


def test_workers_are_scaled_taken_down_and_brought_up(runtime: Runtime, recorder: Recorder) -> None:
    QueueWorker.scale("default", 3)
    for name in ("default:1", "default:2", "default:3"):
        recorder.wait_until(lambda _events, name=name: _is_up(runtime, name))  # type: ignore[misc]
    QueueWorker.down("default")
    assert not [child for child in QueueWorker.status("default").children if child.pid]
    QueueWorker.up("default")
    assert jobs.add.dispatch(1, 1).result(timeout=DEADLINE) == 2
    with pytest.raises(UnknownNameError, match="known: default, memory, steady"):
        QueueWorker.up("defualt")


def test_second_runtime_on_the_same_folder_is_refused_and_told_who_owns_it(
    runtime: Runtime, make_runtime: Callable[..., Runtime]
) -> None:
    with pytest.raises(AlreadyRunningError, match=f"pid {os.getpid()}") as refused:
        make_runtime().start()
    assert refused.value.pid == os.getpid()
    assert runtime.workers.status("default").is_up


def test_start_and_stop_are_harmless_twice_and_leave_nothing_running(runtime: Runtime) -> None:
    runtime.start()
    pids = [child.pid for child in ChildProcess.all().values()]
    threads = threading.active_count()
    runtime.stop()
    runtime.stop()
    assert pids
    assert not [pid for pid in pids if pid and is_running(pid)]
    assert threading.active_count() < threads
    with pytest.raises(NotConfiguredError, match=r"Runtime\.from_config"):
        ChildProcess.all()
    runtime.start()
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3


def test_job_in_flight_at_quit_gets_its_attempt_back_and_runs_at_the_next_start(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    config = """
        [runtime]
        jobs = ["tests.support.jobs"]
        data_dir = "data"
        [workers.default]
        stop_timeout = 0.2
    """
    runtime = make_runtime(config)
    runtime.start()
    started = threading.Event()
    runtime.on(JobStarted, lambda _event: started.set())
    handle = jobs.waits_for_file.options(tries=1).dispatch(tmp_path / "go")
    assert started.wait(DEADLINE)
    runtime.stop()
    (tmp_path / "go").touch()
    with connect(tmp_path / "workers.toml") as connection:
        job = connection.driver.find(handle.id)
        assert job is not None
        assert (job.state, job.attempts) == ("ready", 0)
    again = make_runtime(config)
    again.start()
    assert _result_of(handle.id) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"path": None}, "connect: path: expected a path, as text or Path, got None"),
        ({"data_dir": ""}, "data_dir: expected a folder, got ''"),
        ({"data_dir": 5}, "data_dir: expected a path, as text or Path, got 5"),
    ],
)
def test_connection_to_what_is_no_path_is_refused(
    arguments: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workers.toml").touch()
    with pytest.raises((TypeError, ValueError), match=told):
        connect(**{"path": "workers.toml", **arguments})
    assert [each.name for each in tmp_path.iterdir()] == ["workers.toml"]


def test_runtime_without_a_name_for_its_data_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="data_dir: expected a folder, got ''"):
        Runtime(Config(), data_dir="")
    assert list(tmp_path.iterdir()) == []


def test_way_into_a_loop_that_is_no_function_is_refused(tmp_path: Path) -> None:
    runtime = Runtime(Config(), data_dir=tmp_path)
    with pytest.raises(TypeError, match=r"deliver: expected a way into a loop, a function .*got 5"):
        runtime.on(ProcessExited, print, deliver=5)  # type: ignore[arg-type]


def test_connection_dispatches_without_starting_anything(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    make_runtime()
    with connect(tmp_path / "workers.toml") as connection:
        handle = jobs.add.dispatch(1, 2)
        assert handle.status == "ready"
        assert connection.driver.count(JobFilter()) == 1


def test_app_killed_with_signal_9_leaves_nothing_and_its_jobs_run_at_the_next_start(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    make_runtime()  # writes the file
    script = (
        "import sys, pathlib\n"
        "from native_runtime import ChildProcess, Runtime\n"
        "from native_runtime.queue.events import JobStarted\n"
        "from tests.support import jobs\n"
        "runtime = Runtime.from_config(sys.argv[1], gateway=False)\n"
        "runtime.start()\n"
        "runtime.on(JobStarted, lambda e: print(e.job_id, *(c.pid for c in ChildProcess.all().values()), flush=True))\n"
        "jobs.waits_for_file.dispatch(pathlib.Path(sys.argv[2]))\n"
        "runtime.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "workers.toml"), str(tmp_path / "go")],
        stdout=subprocess.PIPE,
        text=True,
    ) as app:
        assert app.stdout
        job_id, *pids = app.stdout.readline().split()
        app.kill()
    wait_until_gone(*map(int, pids))
    (tmp_path / "go").touch()
    runtime = make_runtime()
    runtime.start()
    assert _result_of(job_id) == 2


def _is_up(runtime: Runtime, name: str) -> bool:
    child = runtime.supervisor.get(name)
    return child is not None and child.state in ("idle", "busy", "running")


def _result_of(job_id: str) -> Any:
    handle = JobHandle.find(job_id)
    assert handle is not None
    return handle.result(timeout=DEADLINE)


def test_running_job_is_cancelled_at_once(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_watch, "CANCEL_GRACE", DEADLINE)  # for a worker that is slow today
    handle = jobs.waits_for_file.dispatch(tmp_path / "never")
    recorder.wait_for(JobStarted, job_id=handle.id)
    assert handle.cancel()
    with pytest.raises(JobCancelledError):
        handle.result(timeout=DEADLINE)
    recorder.wait_for(JobCancelled, job_id=handle.id)
    assert not recorder.all(ProcessExited)


def test_rest_after_a_job_does_not_count_as_its_time(make_runtime: Callable[..., Runtime]) -> None:
    runtime = make_runtime(
        """
        [runtime]
        jobs = ["tests.support.jobs"]
        data_dir = "data"
        [workers.default]
        timeout = 1
        rest = 4
        """
    )
    runtime.start()
    recorder = Recorder(runtime.bus)
    first, second = jobs.add.dispatch(1, 1), jobs.add.dispatch(2, 2)
    assert (first.result(timeout=DEADLINE), second.result(timeout=DEADLINE)) == (2, 4)
    assert not recorder.all(ProcessExited)


def test_cancelled_job_that_waited_is_told(runtime: Runtime, recorder: Recorder) -> None:
    handle = jobs.add.options(queue="nobody").dispatch(1, 1)
    assert handle.cancel()
    assert recorder.wait_for(JobCancelled, job_id=handle.id).queue == "nobody"
    assert runtime.queue.driver.find(handle.id) is not None


def test_whoever_waits_for_a_result_when_the_runtime_stops_is_told(runtime: Runtime) -> None:
    handle = jobs.add.options(queue="nobody").dispatch(1, 1)
    told: list[BaseException] = []

    def wait() -> None:
        try:
            handle.result(timeout=DEADLINE)
        except NativeRuntimeError as error:
            told.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    runtime.stop()
    waiter.join(DEADLINE)
    assert len(told) == 1


def test_jobs_go_to_the_runtime_also_beside_a_connection_and_after_it(
    recorder: Recorder, tmp_path: Path
) -> None:
    with connect(tmp_path / "workers.toml"):
        beside = jobs.add.dispatch(1, 2)
    after = jobs.add.dispatch(3, 4)
    assert [beside.result(DEADLINE), after.result(DEADLINE)] == [3, 7]
    queued = recorder.wait_for(JobQueued, job_id=after.id)
    assert recorder.wait_for(JobQueued, job_id=beside.id).seq < queued.seq


def test_connection_is_current_again_when_a_runtime_has_ended(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    with make_runtime("[runtime]\napp = 'test'\ndata_dir = 'data'"), connect(tmp_path / "workers.toml"):
        pass
    with connect(tmp_path / "workers.toml"):
        with make_runtime("[runtime]\napp = 'test'\ndata_dir = 'data'"):
            pass
        assert jobs.add.dispatch(1, 2).status == "ready"


def test_child_can_be_asked_how_it_ended_when_the_runtime_has_ended(runtime: Runtime) -> None:
    child = ChildProcess.start(
        [sys.executable, "-c", "print('here', flush=True); input()"], "asked", ready="here"
    )
    wait_until(lambda: child.status == "running")
    runtime.stop()
    ended = child.wait(timeout=0)
    assert ended is not None
    assert (child.status, child.pid, ended.reason) == ("stopped", None, "stopped")
    assert child.logs() == ("here",)


def test_what_is_no_config_is_refused_with_the_way_to_a_file() -> None:
    with pytest.raises(
        TypeError, match=r"expected a Config, got 'workers\.toml'; for a file: Runtime\.from_config"
    ):
        Runtime("workers.toml")  # type: ignore[arg-type]
