from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime import environment
from native_runtime.processes import guard as guard_module
from native_runtime.processes.events import ProcessReady
from native_runtime.processes.guard import Guard, guardian_command
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
from native_runtime.processes import guard as guard_module
from native_runtime.processes.guard import Guard, guardian_command
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


def test_guardian_that_was_stopped_is_replaced_and_keeps_nobody_waiting(
    supervisor: Supervisor,
    recorder: Recorder,
    stranger: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard_module, "PATIENCE", 0.1)
    supervisor.start(spec("a", "forever", persistent=True))
    recorder.wait_for(ProcessReady, name="a")
    guard, identity = supervisor._guard, identity_of(stranger.pid) or ""
    first = guard.pid
    assert first
    os.kill(first, signal.SIGSTOP)

    def tell_more_than_a_pipe_holds() -> None:
        for _ in range(5_000):
            guard.enter(stranger.pid, identity)

    supervisor._thread.call(tell_more_than_a_pipe_holds)
    wait_until(lambda: guard.pid not in (None, first))
    assert not is_running(first)
    supervisor.stop("a")  # the loop still answers
    stranger.kill()
    stranger.wait()


def test_guardian_that_was_stopped_can_be_dismissed() -> None:
    guard = Guard(MARKER)
    guard.begin()
    pid = guard.pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    guard.close()
    assert not is_running(pid)


def test_guardian_that_replaces_another_hears_of_more_children_than_a_pipe_holds(
    supervisor: Supervisor,
) -> None:
    guard = supervisor._guard
    first = guard.pid
    assert first

    def tell_of_many() -> None:
        for pid in range(10_000_000, 10_005_000):  # no system gives out such pids
            guard.enter(pid, "somebody who never lived")

    supervisor._thread.call(tell_of_many)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: guard.pid not in (None, first) and not guard._unsaid)
    assert is_running(guard.pid or 0)


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
    command = list(guardian_command(MARKER))
    place = command.index("-c") + 1
    # Its own program, which finds its pipe closed at once, and is then asked.
    command[place] += "; print(*sys.modules)"
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    ours = {name for name in done.stdout.split() if name.startswith("native_runtime")}
    assert ours == {
        "native_runtime",
        "native_runtime.environment",
        "native_runtime.processes",
        "native_runtime.processes.ending",
        "native_runtime.processes.guardian",
        "native_runtime.processes.identity",
        "native_runtime.processes.lineage",
        "native_runtime.processes.procfs",
    }
    bare = subprocess.run(
        [sys.executable, "-P", "-S", "-c", "import os, select, sys; print(*sys.modules)"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) - ours - set(bare.stdout.split()) == {"__future__"}
