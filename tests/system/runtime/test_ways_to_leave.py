"""Every way in which an app may leave, the careless ones too: nothing hangs, nothing stays."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime import ChildProcess, QueueWorker, Runtime
from native_runtime.queue.events import JobStarted
from tests.support import jobs
from tests.support.processes import is_running, kill, wait_until_gone
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEADLINE = 60.0  # seconds

PREPARED = """
import os, sys, pathlib
from native_runtime import ChildProcess, Runtime
runtime = Runtime.from_config(sys.argv[1], gateway=False)
runtime.start()
ChildProcess.start([sys.executable, "-c", "import time; time.sleep(3600)"], "sleeper", persistent=True)
print(*(child.pid for child in ChildProcess.all().values()), flush=True)
"""


def run(script: str, config: Path) -> tuple[subprocess.Popen[str], list[int]]:
    app = subprocess.Popen(
        [sys.executable, "-c", PREPARED + script, str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert app.stdout
    return app, [int(pid) for pid in app.stdout.readline().split()]


@pytest.mark.parametrize("ending", ["", "raise RuntimeError('nobody caught it')", "sys.exit(3)"])
def test_app_that_never_called_stop_leaves_by_itself_and_takes_its_children_along(
    make_runtime: Callable[..., Runtime], tmp_path: Path, ending: str
) -> None:
    make_runtime()  # writes the file
    app, pids = run(ending, tmp_path / "workers.toml")
    _, errors = app.communicate(timeout=DEADLINE)
    assert "interpreter shutdown" not in errors
    wait_until_gone(*pids)
    assert len(pids) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_app_that_was_killed_after_a_fork_leaves_nothing_although_the_fork_holds_its_pipes(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    make_runtime()
    script = "fork = os.fork()\nif fork == 0: sys.stdin.read(); os._exit(0)\nprint(fork, flush=True); sys.stdin.read()"
    app, pids = run(script, tmp_path / "workers.toml")
    assert app.stdout
    fork = int(app.stdout.readline())
    app.kill()
    app.wait()
    wait_until_gone(*pids)
    make_runtime().start()  # nor does it own the folder
    assert is_running(fork)
    kill(fork)
    for pipe in (app.stdin, app.stdout, app.stderr):
        assert pipe
        pipe.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("ending", ["sys.exit(5)", "runtime.stop(); os._exit(5)", "raise SystemExit(5)"])
def test_fork_that_leaves_like_an_app_stops_nothing_and_waits_for_nobody(
    make_runtime: Callable[..., Runtime], tmp_path: Path, ending: str
) -> None:
    make_runtime()
    script = f"""
fork = os.fork()
if fork == 0:
    {ending}
print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]), flush=True)
print(*(child.pid for child in ChildProcess.all().values()), flush=True)
"""
    app, pids = run(script, tmp_path / "workers.toml")
    assert app.stdout
    assert app.stdout.readline() == "5\n"
    assert [int(pid) for pid in app.stdout.readline().split()] == pids
    app.communicate(timeout=DEADLINE)
    wait_until_gone(*pids)


def test_second_stop_returns_when_the_first_is_done(runtime: Runtime) -> None:
    pids = [child.pid for child in ChildProcess.all().values() if child.pid]
    stoppers = [threading.Thread(target=runtime.stop) for _ in range(4)]
    for stopper in stoppers:
        stopper.start()
    runtime.stop()
    assert not [pid for pid in pids if is_running(pid)]
    for stopper in stoppers:
        stopper.join(DEADLINE)


def test_stop_called_by_a_handler_does_not_wait_for_itself(runtime: Runtime, tmp_path: Path) -> None:
    stopped = threading.Event()

    def leave(_event: JobStarted) -> None:
        runtime.stop()
        stopped.set()

    runtime.on(JobStarted, leave)
    jobs.note.dispatch(tmp_path, "ran")
    assert stopped.wait(DEADLINE)


def test_worker_restarted_while_the_app_stops_does_not_come_back(runtime: Runtime, tmp_path: Path) -> None:
    recorder = Recorder(runtime.bus)
    handle = jobs.waits_for_file.dispatch(tmp_path / "go")
    recorder.wait_for(JobStarted, job_id=handle.id)
    stopper = threading.Thread(target=runtime.stop)
    stopper.start()
    for _ in range(20):
        try:
            QueueWorker.restart("default")
        except RuntimeError:  # it is stopping, or has stopped
            break
    (tmp_path / "go").touch()
    stopper.join(DEADLINE)
    assert not stopper.is_alive()


def test_children_of_many_names_leave_nothing_behind_in_the_app(runtime: Runtime) -> None:
    for number in range(300):
        ChildProcess.start([sys.executable, "-S", "-c", ""], f"c{number}").wait(DEADLINE)
    ended = [name for name in ChildProcess.all() if name.startswith("c")]
    assert len(ended) < 250
    assert "c299" in ended
    assert runtime.supervisor.describe("c299").state == "stopped"
