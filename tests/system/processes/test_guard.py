from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime import environment
from native_runtime.processes.events import ProcessReady
from native_runtime.processes.guard import Guard
from native_runtime.processes.identity import identity_of
from tests.support.processes import is_running, wait_until, wait_until_gone
from tests.support.programs import program, spec

if TYPE_CHECKING:
    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there Job Objects do its work")
MARKER = f"guard-test-{os.getpid()}:"

APP = """
import sys
from native_runtime.processes.guard import Guard
guard = Guard(sys.argv[1])
guard.begin()
guard.enter(int(sys.argv[2]), sys.argv[3])
guard.enter(int(sys.argv[4]), "another life")
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
