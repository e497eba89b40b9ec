from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.events import (
    CrashReported,
    ProcessExited,
    ProcessReady,
    ProcessRestarting,
    ProcessSpawned,
)
from native_runtime.processes.restart import RestartPolicy, RestartWhen
from native_runtime.processes.spec import MemoryLimits
from native_runtime.processes.state import ChildState
from tests.support.programs import spec

if TYPE_CHECKING:
    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="half of the exits are signals")

MEGABYTE = 1024 * 1024
# One restart is in the budget: whether an exit was counted shows in what the next one leads to.
ONE = {"max_restarts": 1, "delay": 0.0, "max_delay": 3600.0, "period": 3600.0}

# How it ends: (reason, exit code, signal, leaves a crash report).
ENDINGS = {
    "exit 0": ("clean", 0, None, False),
    "exit 1": ("crashed", 1, None, True),
    "exit 12": ("memory_limit", 12, None, True),
    "exit 137": ("oom_killed", 137, None, True),
    "SIGKILL": ("oom_killed", None, "SIGKILL", True),
    "SIGTERM": ("crashed", None, "SIGTERM", True),
    "SIGSEGV": ("crashed", None, "SIGSEGV", True),
    "leave": ("recycled", 0, None, False),
    "hoard": ("memory_limit", None, "SIGKILL", True),
    "stop": ("stopped", None, "SIGTERM", False),
}
PLANNED = {"leave", "stop"}
COMES_BACK = {
    RestartWhen.ALWAYS: set(ENDINGS) - {"stop"},
    RestartWhen.ON_FAILURE: set(ENDINGS) - {"stop", "exit 0"},
    RestartWhen.NEVER: set(),
}
RETURNS = [(when, ending) for when, endings in COMES_BACK.items() for ending in ENDINGS if ending in endings]
RESTS = [
    (when, ending) for when, endings in COMES_BACK.items() for ending in ENDINGS if ending not in endings
]


def bring_up(supervisor: Supervisor, recorder: Recorder, when: RestartWhen, ending: str) -> int:
    """Start the child that can end in every way, and wait until it is ready."""
    child = supervisor.start(
        spec(
            "a",
            "leaves_when_told",
            persistent=True,
            restart=RestartPolicy(when=when, **ONE),  # type: ignore[arg-type]
            memory=MemoryLimits(hard=128 * MEGABYTE),
            control=ending == "leave",
            stop_timeout=0.2
            if ending == "leave"
            else 10.0,  # as a worker it would have to understand "drain"
        )
    )
    recorder.wait_for(ProcessReady, name="a")
    assert child.pid
    return child.pid


def end(supervisor: Supervisor, pid: int, ending: str) -> None:
    if ending.startswith("SIG"):
        os.kill(pid, signal.Signals[ending])
    elif ending == "stop":
        supervisor.stop("a")
    else:
        supervisor.message("a", f"{ending}\n")


def assert_classified(recorder: Recorder, pid: int, ending: str) -> None:
    reason, code, name, is_crash = ENDINGS[ending]
    exited = recorder.wait_for(ProcessExited, pid=pid)
    assert (exited.reason, exited.exit_code, exited.signal) == (reason, code, name)
    if is_crash:
        assert recorder.wait_for(CrashReported, name="a").reason == reason


@pytest.mark.parametrize(("when", "ending"), RETURNS)
def test_child_comes_back_at_once_and_the_exit_counts_unless_it_was_planned(
    supervisor: Supervisor, recorder: Recorder, when: RestartWhen, ending: str
) -> None:
    first = bring_up(supervisor, recorder, when, ending)
    end(supervisor, first, ending)
    assert_classified(recorder, first, ending)
    assert recorder.wait_for(ProcessRestarting, name="a").delay == 0.0
    second = recorder.wait_for(ProcessReady, name="a", count=2).pid
    assert second != first
    assert supervisor.describe("a").restarts == 1

    os.kill(second, signal.SIGKILL)
    after = recorder.wait_for(ProcessRestarting, name="a", count=2)
    assert after.crash_looping is (ending not in PLANNED)


@pytest.mark.parametrize(("when", "ending"), RESTS)
def test_child_stays_away(supervisor: Supervisor, recorder: Recorder, when: RestartWhen, ending: str) -> None:
    pid = bring_up(supervisor, recorder, when, ending)
    end(supervisor, pid, ending)
    status = supervisor.wait("a", timeout=60)
    assert status is not None
    assert status.reason == ENDINGS[ending][0]
    assert_classified(recorder, pid, ending)
    child = supervisor.describe("a")
    assert (child.state, child.pid, child.retry_in, child.restarts) == (ChildState.STOPPED, None, None, 0)
    assert not recorder.all(ProcessRestarting)
    assert len(recorder.all(ProcessSpawned)) == 1


@pytest.mark.parametrize("when", RestartWhen)
def test_restart_by_us_comes_back_under_every_policy_and_never_counts(
    supervisor: Supervisor, recorder: Recorder, when: RestartWhen
) -> None:
    bring_up(supervisor, recorder, when, "restart")
    for number in range(2, 5):
        supervisor.restart("a")
        assert not recorder.wait_for(ProcessRestarting, name="a", count=number - 1).crash_looping
        recorder.wait_for(ProcessReady, name="a", count=number)
    assert {event.reason for event in recorder.all(ProcessExited)} == {"stopped"}
    assert not recorder.all(CrashReported)
    assert supervisor.describe("a").state is ChildState.RUNNING


def test_start_after_a_stop_is_a_new_life_with_the_whole_budget(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    for life in range(3):
        pid = bring_up(supervisor, recorder, RestartWhen.ALWAYS, "SIGKILL")
        recorder.wait_for(ProcessReady, name="a", count=2 * life + 1)
        os.kill(pid, signal.SIGKILL)
        recorder.wait_for(ProcessReady, name="a", count=2 * life + 2)
        supervisor.stop("a")
        assert supervisor.describe("a").state is ChildState.STOPPED
    assert not recorder.all(ProcessRestarting, crash_looping=True)
    assert len(recorder.all(ProcessSpawned)) == 6
