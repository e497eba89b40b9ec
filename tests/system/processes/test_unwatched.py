"""A process that cannot be watched must not live, and its child must say so as if it had not started."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime.processes.census import Census
from native_runtime.processes.events import (
    ProcessExited,
    ProcessRestarting,
    ProcessSpawned,
    StartupError,
)
from native_runtime.processes.restart import RestartPolicy
from native_runtime.processes.state import ChildState
from tests.support.processes import kill, wait_until
from tests.support.programs import spec
from tests.support.tagged import tagged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="counts descriptors")


def refuse(*_arguments: object, **_more: object) -> None:
    raise OSError(28, "No space left on device")


def break_census(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Census, "enter", refuse)


def break_the_nth_reader(patch: pytest.MonkeyPatch, nth: int) -> None:
    """The loop cannot watch a descriptor, as when the user's budget of watches is spent."""
    kind = asyncio.SelectorEventLoop
    add, calls = kind.add_reader, 0

    def sometimes(self: object, *arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            refuse()
        add(self, *arguments)  # type: ignore[arg-type]

    patch.setattr(kind, "add_reader", sometimes)


WAYS = [
    pytest.param(break_census, id="census"),
    *(
        pytest.param(lambda patch, nth=nth: break_the_nth_reader(patch, nth), id=f"reader-{nth}")
        for nth in (1, 2, 3)
    ),
]


@pytest.mark.parametrize("break_it", WAYS)
def test_child_that_cannot_be_watched_is_ended_and_has_failed(
    supervisor: Supervisor,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    break_it: Callable[[pytest.MonkeyPatch], None],
) -> None:
    supervisor.start(spec("before", "forever"))
    supervisor.stop("before")
    descriptors = psutil.Process().num_fds()
    with monkeypatch.context() as patch:
        break_it(patch)
        with pytest.raises(OSError, match="No space left"):
            supervisor.start(spec("a", "forever", str(tmp_path)))
    assert tagged(tmp_path) == []
    wait_until(lambda: psutil.Process().num_fds() == descriptors)  # its tree is still looked for
    child = supervisor.describe("a")
    assert (child.state, child.pid) == (ChildState.FAILED, None)
    assert child.last_exit is not None
    assert child.last_exit.reason == "start_failed"
    assert recorder.wait_for(StartupError, name="a").error == "[Errno 28] No space left on device"
    assert not recorder.all(ProcessSpawned, name="a")
    assert not recorder.all(ProcessExited, name="a")
    assert not list((tmp_path / "run").glob("*.child"))
    supervisor.stop("a")
    assert supervisor.wait("a", timeout=60) == child.last_exit
    supervisor.start(spec("a", "forever", str(tmp_path)))
    wait_until(lambda: len(tagged(tmp_path)) == 1)


def test_persistent_child_whose_replacement_cannot_be_watched_is_tried_again(
    supervisor: Supervisor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = RestartPolicy(max_delay=0.2)
    child = supervisor.start(spec("a", "forever", str(tmp_path), persistent=True, restart=policy))
    assert child.pid
    with monkeypatch.context() as patch:
        break_census(patch)
        kill(child.pid)
        recorder.wait_for(StartupError, name="a")
        assert recorder.wait_for(ProcessRestarting, name="a", crash_looping=True).delay == pytest.approx(
            0.2, rel=0.2
        )
    recorder.wait_for(ProcessSpawned, name="a", count=2)
    wait_until(lambda: tagged(tmp_path) == [supervisor.describe("a").pid])


def test_newcomer_that_cannot_be_noted_keeps_no_other_out_of_the_ledger(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    enter = Census._enter

    def fail_for_a(self: Census, pid: int, name: str) -> None:
        if name == "a":
            raise RuntimeError("unforeseen")
        enter(self, pid, name)

    monkeypatch.setattr(Census, "_enter", fail_for_a)
    for name in "abc":
        supervisor.start(spec(name, "forever"))
    pids = {supervisor.describe(name).pid for name in "bc"}
    wait_until(lambda: {int(path.stem) for path in (tmp_path / "run").glob("*.child")} == pids)
    supervisor.stop("a", "b", "c")
    assert os.listdir(tmp_path / "run") == []  # noqa: PTH208 - a list to show when it fails
