"""A child is replaced by one that is ready, or not at all; nobody is left over, whatever happens meanwhile."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import ReplacementError
from native_runtime.processes.events import (
    ProcessEvent,
    ProcessExited,
    ProcessReady,
    ProcessReplaced,
    ProcessSpawned,
    ProcessStarting,
    ProcessStopping,
)
from native_runtime.processes.readiness import Probe, Ready
from native_runtime.processes.spec import ChildSpec
from tests.support.processes import is_running, kill, wait_until, wait_until_gone

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

READY = "print('ready', flush=True); import time; time.sleep(3600)"
NEVER_READY = "import time; time.sleep(3600)"


def spec(code: str = READY, **more: object) -> ChildSpec:
    made = ChildSpec(
        name="a",
        command=(sys.executable, "-c", code),
        persistent=True,
        ready=Ready(probe=Probe(line="ready"), timeout=3600.0),
        stop_timeout=1.0,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of a spec


def start(supervisor: Supervisor, recorder: Recorder) -> int:
    supervisor.start(spec())
    return recorder.wait_for(ProcessReady, name="a").pid


def test_newcomer_is_ready_before_the_old_one_is_asked_to_leave(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    old = start(supervisor, recorder)
    supervisor.replace(spec(env={"X": "1"}), reason="it is time")
    pid = supervisor.describe("a").pid
    assert pid not in (old, None)
    exited = recorder.wait_for(ProcessExited, name="a", pid=old)
    began = recorder.wait_for(ProcessReady, name="a", pid=old).seq
    told = [
        (event.type, event.name)
        for event in recorder.all(ProcessEvent)
        if event.seq > began and event.type != "MessageReceived"
    ]
    assert told == [
        ("ProcessStarting", "a+"),
        ("ProcessSpawned", "a+"),
        ("ProcessReady", "a+"),
        ("ProcessRestarting", "a"),
        ("ProcessReplaced", "a"),
        ("ProcessReady", "a"),
        ("ProcessStopping", "a"),
        ("ProcessExited", "a"),
    ]
    assert recorder.wait_for(ProcessReplaced).reason == "it is time"
    assert exited.reason == "recycled"
    wait_until(lambda: list(supervisor.all()) == ["a"])
    child = supervisor.describe("a")
    assert (child.restarts, child.persistent) == (1, True)
    assert child.last_exit is not None
    assert child.last_exit.reason == exited.reason


def test_newcomer_comes_back_like_any_child_once_it_has_taken_over(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    start(supervisor, recorder)
    supervisor.replace(spec(), reason="it is time")
    pid = supervisor.describe("a").pid
    assert pid is not None
    kill(pid)
    recorder.wait_for(ProcessExited, name="a", pid=pid)
    recorder.wait_for(ProcessReady, name="a", count=3)
    assert supervisor.describe("a").restarts == 2


@pytest.mark.parametrize(
    ("newcomer", "why"),
    [
        (
            spec("import sys; sys.exit('no such album')"),
            "it ended before it was ready: exit code 1; it said: no such album",
        ),
        (spec(cwd="nowhere"), "cwd: expected a folder"),
    ],
)
def test_newcomer_that_cannot_work_leaves_the_old_one_alone(
    supervisor: Supervisor, recorder: Recorder, newcomer: ChildSpec, why: str, tmp_path: Path
) -> None:
    old = start(supervisor, recorder)
    if newcomer.cwd is not None:
        newcomer = replace(newcomer, cwd=tmp_path / newcomer.cwd)
    with pytest.raises(ReplacementError) as refused:
        supervisor.replace(newcomer, reason="it is time")
    assert why in refused.value.why
    assert supervisor.describe("a").pid == old
    assert list(supervisor.all()) == ["a"]
    assert not recorder.all(ProcessExited, name="a")
    assert not recorder.all(ProcessReplaced)


def test_newcomer_that_is_never_ready_is_ended(supervisor: Supervisor, recorder: Recorder) -> None:
    old = start(supervisor, recorder)
    with pytest.raises(ReplacementError, match=r"was not ready within 0\.5 s"):
        supervisor.replace(spec(NEVER_READY), reason="it is time", patience=0.5)
    newcomer = recorder.wait_for(ProcessSpawned, name="a+").pid
    wait_until_gone(newcomer)
    wait_until(lambda: list(supervisor.all()) == ["a"])
    assert supervisor.describe("a").pid == old


def test_newcomer_can_be_called_off_and_there_is_only_one_at_a_time(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    old = start(supervisor, recorder)
    why: list[str] = []
    thread = threading.Thread(target=_replace, args=(supervisor, spec(NEVER_READY), why))
    thread.start()
    newcomer = recorder.wait_for(ProcessSpawned, name="a+").pid
    listed = supervisor.all()
    assert (listed["a+"].pid, listed["a+"].beside, listed["a"].beside) == (newcomer, "a", None)
    with pytest.raises(ReplacementError, match="it is being replaced already"):
        supervisor.replace(spec(), reason="again")
    supervisor.call_off("a")
    thread.join(60)
    assert why == ["it was called off"]
    wait_until_gone(newcomer)
    assert supervisor.describe("a").pid == old


def test_stop_ends_the_old_one_and_the_newcomer(supervisor: Supervisor, recorder: Recorder) -> None:
    old = start(supervisor, recorder)
    why: list[str] = []
    thread = threading.Thread(target=_replace, args=(supervisor, spec(NEVER_READY), why))
    thread.start()
    newcomer = recorder.wait_for(ProcessSpawned, name="a+").pid
    supervisor.stop("a")
    assert not is_running(old)
    assert not is_running(newcomer)
    thread.join(60)
    assert len(why) == 1
    with pytest.raises(ReplacementError, match="there is no process to replace"):
        supervisor.replace(spec(), reason="it is time")


def test_close_ends_all_of_them(supervisor: Supervisor, recorder: Recorder) -> None:
    start(supervisor, recorder)
    why: list[str] = []
    thread = threading.Thread(target=_replace, args=(supervisor, spec(NEVER_READY), why))
    thread.start()
    recorder.wait_for(ProcessSpawned, name="a+")
    supervisor.close()
    thread.join(60)
    assert len(why) == 1
    pids = [event.pid for event in recorder.all(ProcessSpawned)]
    assert not [pid for pid in pids if is_running(pid)]


def test_child_that_crashes_while_its_newcomer_starts_comes_back_until_that_is_ready(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    old = start(supervisor, recorder)
    waits = f"import time, pathlib\nwhile not pathlib.Path({str(tmp_path / 'go')!r}).exists(): time.sleep(0.01)\n{READY}"
    why: list[str] = []
    thread = threading.Thread(target=_replace, args=(supervisor, spec(waits), why))
    thread.start()
    recorder.wait_for(ProcessSpawned, name="a+")
    kill(old)
    again = recorder.wait_for(ProcessSpawned, name="a", count=2).pid
    (tmp_path / "go").touch()
    thread.join(60)
    assert why == []
    assert recorder.wait_for(ProcessReplaced).old_pid == again
    wait_until_gone(again)


def test_child_that_is_retired_frees_its_name_at_once(supervisor: Supervisor, recorder: Recorder) -> None:
    old = start(supervisor, recorder)
    supervisor.retire("a", "unknown")
    assert "a" not in supervisor.all()
    supervisor.start(spec(nice=1))
    fresh = recorder.wait_for(ProcessReady, name="a", count=2).pid
    assert recorder.wait_for(ProcessStopping, name="a").pid == old
    assert recorder.wait_for(ProcessExited, pid=old).reason == "stopped"
    assert supervisor.describe("a").pid == fresh
    assert len(recorder.all(ProcessStarting, name="a")) == 2


def _replace(supervisor: Supervisor, newcomer: ChildSpec, why: list[str]) -> None:
    try:
        supervisor.replace(newcomer, reason="it is time")
    except ReplacementError as error:
        why.append(error.why)
