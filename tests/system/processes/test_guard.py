from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime import environment
from native_runtime.processes.events import ProcessReady
from native_runtime.processes.guard import Guard, guardian_command
from native_runtime.processes.identity import identity_of
from tests.support.processes import is_running, wait_until, wait_until_gone
from tests.support.programs import program, spec

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there Job Objects do its work")
MARKER = f"guard-test-{os.getpid()}:"

APP = """
import sys
from native_runtime.processes.guard import Guard, guardian_command
guard = Guard(sys.argv[1])
guard.begin()
guard.enter(int(sys.argv[2]), sys.argv[3])
guard.enter(int(sys.argv[4]), "another life")
print("ready", flush=True)
sys.stdin.read()
"""

FORKED = """
import os, sys, time
from native_runtime.processes.guard import Guard
guard = Guard(sys.argv[1])
guard.begin()
guard.enter(int(sys.argv[2]), sys.argv[3])
copy = os.fork()
if copy == 0:
    guard.leave(int(sys.argv[2]))  # as the app's own clean-up would, which the copy inherits
    guard.close()
    time.sleep(600)
with open(sys.argv[4], "w") as file:
    print(copy, file=file)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def stranger() -> subprocess.Popen[bytes]:
    return subprocess.Popen(program("forever"), stdout=subprocess.DEVNULL)


def test_guardian_that_was_dismissed_harms_nobody(stranger: subprocess.Popen[bytes]) -> None:
    guard = Guard(MARKER)
    guard.begin()
    guard.enter(stranger.pid, identity_of(stranger.pid) or "")
    guard.close()
    guard.close()
    assert is_running(stranger.pid)
    stranger.kill()
    stranger.wait()


def test_guardian_that_died_is_replaced_and_told_of_all_children(stranger: subprocess.Popen[bytes]) -> None:
    guard = Guard(MARKER)
    guard.begin()
    first = guard.pid
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until_gone(first)
    guard.enter(stranger.pid, identity_of(stranger.pid) or "")
    assert guard.pid
    assert guard.pid != first
    assert is_running(guard.pid)
    guard.close()
    stranger.kill()
    stranger.wait()


def test_guardian_ends_told_children_and_marked_ones_and_spares_a_reused_pid(
    stranger: subprocess.Popen[bytes],
) -> None:
    told = subprocess.Popen(program("forever"), stdout=subprocess.DEVNULL)
    marked = subprocess.Popen(
        program("forever"),
        stdout=subprocess.DEVNULL,
        env={**os.environ, environment.MARKER: f"{MARKER}1:a"},
        start_new_session=True,
    )
    app = subprocess.Popen(
        [
            sys.executable,
            "-c",
            APP,
            MARKER,
            str(told.pid),
            identity_of(told.pid) or "",
            str(stranger.pid),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with app:
        assert app.stdout
        assert app.stdout.readline() == "ready\n"
        app.kill()
    assert told.wait(60) == -signal.SIGKILL
    assert marked.wait(60) == -signal.SIGKILL
    assert is_running(stranger.pid)
    stranger.kill()
    stranger.wait()


def test_guardian_that_is_killed_while_nothing_happens_is_replaced(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(spec("a", "forever", persistent=True))
    recorder.wait_for(ProcessReady, name="a")
    first = supervisor._guard.pid
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: supervisor._guard.pid not in (None, first))
    assert is_running(supervisor._guard.pid or 0)


def test_guardian_that_was_stopped_is_replaced_at_the_next_start(supervisor: Supervisor) -> None:
    first = supervisor._guard.pid
    assert first
    os.kill(first, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(first).status() == psutil.STATUS_STOPPED)  # nobody looks a second time
    supervisor.start(spec("a", "forever", persistent=True))
    wait_until(lambda: supervisor._guard.pid not in (None, first))
    assert not is_running(first)
    assert is_running(supervisor._guard.pid or 0)


def test_guardian_that_was_stopped_can_be_dismissed() -> None:
    guard = Guard(MARKER)
    guard.begin()
    pid = guard.pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    guard.close()
    assert not is_running(pid)


def test_copy_of_the_app_does_not_keep_the_guardian_from_its_work(tmp_path: Path) -> None:
    told = subprocess.Popen(program("forever"), stdout=subprocess.DEVNULL)
    copy = tmp_path / "copy.pid"
    app = subprocess.Popen(
        [sys.executable, "-c", FORKED, MARKER, str(told.pid), identity_of(told.pid) or "", str(copy)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with app:
        assert app.stdout
        assert app.stdout.readline() == "ready\n"
        app.kill()
        assert told.wait(60) == -signal.SIGKILL
        forked = int(copy.read_text())
        assert is_running(forked)  # it bears no marker and is nobody's child
        os.kill(forked, signal.SIGKILL)


def test_guardian_is_not_ended_by_signals_that_are_meant_for_the_app() -> None:
    guard = Guard(MARKER)
    guard.begin()
    pid = guard.pid
    assert pid
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(pid, number)  # it may not even have begun to run
    mine = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert not mine & {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    guard.enter(10_000_000, "somebody who never lived")
    guard.enter(10_000_001, "somebody who never lived")
    assert guard.pid == pid
    assert is_running(pid)
    guard.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it needs psutil")
def test_guardian_imports_next_to_nothing() -> None:
    command = list(guardian_command(MARKER, 0))
    place = command.index("-c") + 1
    command[place] += "; print(*sys.modules)"  # its own program, which finds no wards, and is then asked
    with tempfile.TemporaryFile() as wards:
        done = subprocess.run(command, stdin=wards, stdout=subprocess.PIPE, text=True, check=True)
    ours = {name for name in done.stdout.split() if name.startswith("native_runtime")}
    assert ours == {
        "native_runtime",
        "native_runtime.environment",
        "native_runtime.processes",
        "native_runtime.processes.guardian",
        "native_runtime.processes.identity",
        "native_runtime.processes.lineage",
        "native_runtime.processes.procfs",
        "native_runtime.processes.wards",
    }
    bare = subprocess.run(
        [sys.executable, "-P", "-S", "-c", "import os, select, sys; print(*sys.modules)"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) - ours - set(bare.stdout.split()) == {"__future__"}
