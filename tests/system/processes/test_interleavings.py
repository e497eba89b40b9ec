from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.events import (
    MessageReceived,
    ProcessEvent,
    ProcessExited,
    ProcessReady,
    ProcessRestarting,
    ProcessSpawned,
)
from native_runtime.processes.exit_status import Asked
from native_runtime.processes.restart import RestartPolicy
from native_runtime.processes.state import ChildState, is_alive
from tests.support.processes import is_running, wait_until, wait_until_gone
from tests.support.programs import spec
from tests.support.tagged import tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from native_runtime.processes.aftermath import ChildExit
    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the children speak in signals")

NEVER_SOON = 3600.0  # seconds; a test that waited for it would fail by its deadline
ENDLESS = 90.0  # seconds of grace; longer than any deadline, short enough to end a run that has failed
# The first crash is followed by a restart at once, the second by a pause that no test outlives.
PATIENT = RestartPolicy(delay=NEVER_SOON, max_delay=NEVER_SOON, jitter=0.0, healthy_after=NEVER_SOON)


def wait_for_backoff(supervisor: Supervisor, recorder: Recorder) -> None:
    """Start a child that crashes at once, and wait until it waits for its second restart."""
    supervisor.start(spec("a", "exits", "1", persistent=True, restart=PATIENT))
    recorder.wait_for(ProcessRestarting, name="a", count=2)
    child = supervisor.describe("a")
    assert child.state is ChildState.BACKOFF
    assert child.retry_in is not None
    assert child.retry_in > NEVER_SOON / 2


def stubborn(supervisor: Supervisor, recorder: Recorder, grace: float) -> int:
    """Start a child that only a kill ends."""
    child = supervisor.start(spec("a", "ignores_terminate", persistent=True, stop_timeout=grace))
    recorder.wait_for(MessageReceived, name="a")
    assert child.pid
    return child.pid


def end_now(supervisor: Supervisor) -> None:
    """End a child whose grace no test outlives."""
    with ThreadPoolExecutor(1) as pool:
        stop = pool.submit(supervisor.stop, "a")
        wait_until(lambda: supervisor.describe("a").state in (ChildState.STOPPING, ChildState.STOPPED))
        supervisor.kill("a", Asked.STOP, "the test is over")
        stop.result(timeout=60)


def assert_one_at_a_time(recorder: Recorder) -> None:
    """Every spawn but the first follows the exit of the one before."""
    running: list[int] = []
    for event in recorder.all(ProcessEvent, name="a"):
        if isinstance(event, ProcessSpawned):
            assert not running, f"{event.pid} was spawned while {running} ran"
            running.append(event.pid)
        elif isinstance(event, ProcessExited):
            running.remove(event.pid)


# Crowds


def test_two_hundred_restarts_from_fifty_threads_end_with_one_process_and_never_two(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    supervisor.start(spec("a", "refuses_company", str(tmp_path), persistent=True))
    recorder.wait_for(MessageReceived, name="a")
    done = threading.Event()

    def look() -> int:
        looks = 0
        while not done.is_set():
            child, listed = supervisor.get("a"), supervisor.all().get("a")
            assert child is not None
            assert listed is not None
            for each in (child, listed):
                assert (each.pid is not None) <= is_alive(each.state)
            looks += 1
        return looks

    with ThreadPoolExecutor(52) as pool:
        readers = [pool.submit(look) for _ in range(2)]
        restarts = [pool.submit(supervisor.restart, "a", origin=f"{n}") for n in range(200)]
        for each in restarts:
            each.result()
        wait_until(lambda: supervisor.describe("a").state is ChildState.RUNNING)
        done.set()
        assert all(reader.result() > 0 for reader in readers)

    wait_until(lambda: tagged(tmp_path))  # between fork and exec it has no arguments of its own
    assert tagged(tmp_path) == [supervisor.describe("a").pid]
    assert_one_at_a_time(recorder)
    assert not list(tmp_path.glob("company-*"))
    assert not recorder.all(ProcessRestarting, crash_looping=True)


def test_stops_starts_and_restarts_from_many_threads_end_as_the_last_word_says(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    wanted = spec("a", "refuses_company", str(tmp_path), persistent=True, stop_timeout=0.5)
    supervisor.start(wanted)
    actions: list[Callable[[str], object]] = [
        supervisor.stop,
        supervisor.restart,
        lambda _name: supervisor.start(wanted),
    ]
    with ThreadPoolExecutor(16) as pool:
        # Every stop has a start behind it in the queue; yet each must return.
        for each in [pool.submit(actions[n % 3], "a") for n in range(150)]:
            each.result(timeout=60)
    supervisor.start(wanted)
    wait_until(lambda: supervisor.describe("a").state is ChildState.RUNNING)
    wait_until(lambda: tagged(tmp_path))  # between fork and exec it has no arguments of its own
    assert tagged(tmp_path) == [supervisor.describe("a").pid]
    supervisor.stop("a")
    assert tagged(tmp_path) == []
    assert_one_at_a_time(recorder)
    assert not list(tmp_path.glob("company-*"))


def test_stop_does_not_wait_for_the_run_that_a_restart_right_behind_it_begins(supervisor: Supervisor) -> None:
    supervisor.start(spec("a", "forever", persistent=True, stop_timeout=0.5))
    supervisor.stop("a")
    thread = supervisor._thread
    queued = thread.loop._ready  # type: ignore[attr-defined]
    begun, go_on = [threading.Event(), threading.Event()], [threading.Event(), threading.Event()]

    def hold_the_loop(turn: int) -> None:
        begun[turn].set()
        assert go_on[turn].wait(60)

    with ThreadPoolExecutor(4) as pool:

        def ask(request: Callable[[], None]) -> Future[None]:
            before = len(queued)
            asked = pool.submit(request)
            wait_until(lambda: len(queued) > before)
            return asked

        requests = [pool.submit(thread.call, lambda: hold_the_loop(0))]
        assert begun[0].wait(60)
        requests.append(ask(lambda: supervisor.stop("a")))
        requests.append(ask(lambda: thread.call(lambda: hold_the_loop(1))))
        go_on[0].set()
        assert begun[1].wait(60)  # the stop takes its first step next
        requests.append(ask(lambda: supervisor.restart("a")))
        go_on[1].set()
        try:
            for each in requests:
                each.result(timeout=60)
            assert supervisor.describe("a").state is ChildState.RUNNING
        finally:
            supervisor.stop("a")  # also lets a stop go that waits for the wrong run


# While it waits for its restart


def test_restart_while_a_restart_is_pending_spawns_once_and_forgets_the_pause(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    wait_for_backoff(supervisor, recorder)
    supervisor.restart("a")
    recorder.wait_for(ProcessExited, name="a", count=3)
    recorder.wait_for(ProcessRestarting, name="a", count=3)
    assert len(recorder.all(ProcessSpawned)) == 3
    assert supervisor.describe("a").state is ChildState.BACKOFF


def test_many_restarts_of_a_waiting_child_make_one_process(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    policy = RestartPolicy(max_restarts=0, max_delay=NEVER_SOON)
    child = supervisor.start(spec("a", "refuses_company", str(tmp_path), persistent=True, restart=policy))
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    recorder.wait_for(ProcessRestarting, crash_looping=True)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: supervisor.restart("a"), range(32)))
    wait_until(lambda: supervisor.describe("a").state is ChildState.RUNNING)
    wait_until(lambda: tagged(tmp_path) == [supervisor.describe("a").pid])
    assert supervisor.describe("a").retry_in is None
    assert_one_at_a_time(recorder)


@pytest.mark.parametrize("again", ["start", "restart"])
def test_stopped_in_backoff_it_stays_away_and_can_be_started_anew(
    supervisor: Supervisor, recorder: Recorder, again: str
) -> None:
    wait_for_backoff(supervisor, recorder)
    supervisor.stop("a")
    supervisor.stop("a")
    child = supervisor.describe("a")
    assert (child.state, child.retry_in) == (ChildState.STOPPED, None)
    if again == "start":
        supervisor.start(spec("a", "exits", "1", persistent=True, restart=PATIENT))
    else:
        supervisor.restart("a")
    recorder.wait_for(ProcessSpawned, name="a", count=3)


def test_start_in_backoff_is_a_restart_now(supervisor: Supervisor, recorder: Recorder) -> None:
    wait_for_backoff(supervisor, recorder)
    supervisor.start(spec("a", "exits", "1", persistent=True, restart=PATIENT))
    recorder.wait_for(ProcessExited, name="a", count=3)
    assert len(recorder.all(ProcessSpawned)) == 3


# While it is being stopped


def test_stop_while_restarting_wins(supervisor: Supervisor, recorder: Recorder) -> None:
    pid = stubborn(supervisor, recorder, grace=ENDLESS)
    supervisor.restart("a")
    assert supervisor.describe("a").state is ChildState.STOPPING
    child = supervisor._family.named["a"]
    assert child.comes_back
    with ThreadPoolExecutor(1) as pool:
        stop = pool.submit(supervisor.stop, "a")
        wait_until(lambda: not child.comes_back)
        os.kill(pid, signal.SIGKILL)
        stop.result(timeout=60)
    assert supervisor.describe("a").state is ChildState.STOPPED
    assert not is_running(pid)
    assert len(recorder.all(ProcessSpawned)) == 1


@pytest.mark.parametrize("again", ["start", "restart"])
def test_child_wanted_again_while_stopping_comes_back_and_the_stop_returns(
    supervisor: Supervisor, recorder: Recorder, again: str
) -> None:
    pid = stubborn(supervisor, recorder, grace=ENDLESS)
    with ThreadPoolExecutor(1) as pool:
        stop = pool.submit(supervisor.stop, "a")
        wait_until(lambda: supervisor.describe("a").state is ChildState.STOPPING)
        if again == "start":
            wanted = spec("a", "ignores_terminate", persistent=True, stop_timeout=ENDLESS)
            assert supervisor.start(wanted).state is ChildState.STOPPING
        else:
            supervisor.restart("a")
        os.kill(pid, signal.SIGKILL)
        assert recorder.wait_for(ProcessSpawned, name="a", count=2).pid != pid
        try:
            stop.result(timeout=60)
        finally:
            end_now(supervisor)
    assert_one_at_a_time(recorder)


def test_kill_from_outside_in_the_grace_period_ends_the_stop_at_once(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    pid = stubborn(supervisor, recorder, grace=ENDLESS)
    with ThreadPoolExecutor(2) as pool:
        stops = [pool.submit(supervisor.stop, "a") for _ in range(2)]
        wait_until(lambda: supervisor.describe("a").state is ChildState.STOPPING)
        os.kill(pid, signal.SIGKILL)
        for stop in stops:
            stop.result(timeout=60)
    exited = recorder.wait_for(ProcessExited, name="a")
    assert (exited.reason, exited.signal) == ("stopped", "SIGKILL")
    assert supervisor.describe("a").state is ChildState.STOPPED


def test_kill_for_a_reason_of_ours_in_the_grace_period_is_still_a_stop(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    stubborn(supervisor, recorder, grace=ENDLESS)
    with ThreadPoolExecutor(1) as pool:
        stop = pool.submit(supervisor.stop, "a")
        wait_until(lambda: supervisor.describe("a").state is ChildState.STOPPING)
        assert supervisor.kill("a", Asked.TIMEOUT, "took too long")
        stop.result(timeout=60)
    assert recorder.wait_for(ProcessExited, name="a").reason == "stopped"
    assert supervisor.describe("a").state is ChildState.STOPPED


# While a worker is buried


WORKER = spec("a", "leaves_when_told", persistent=True, control=True, restart=PATIENT, stop_timeout=0.2)


class Funeral:
    """Holds the release of what a dead worker had until it is told to go on."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.begun = threading.Event()
        self.over = threading.Event()
        self.exits: list[ChildExit] = []
        supervisor.on_exit = self._hold

    def _hold(self, exit_: ChildExit) -> None:
        self.exits.append(exit_)
        self.begun.set()
        assert self.over.wait(60)


@pytest.fixture
def funeral(supervisor: Supervisor, recorder: Recorder) -> Iterator[Funeral]:
    """A worker was killed, and what it held is being released."""
    funeral = Funeral(supervisor)
    child = supervisor.start(WORKER)
    recorder.wait_for(ProcessReady, name="a")
    assert child.pid
    os.kill(child.pid, signal.SIGKILL)
    assert funeral.begun.wait(60)
    wait_until_gone(child.pid)
    yield funeral
    funeral.over.set()


def test_worker_is_not_seen_missing_and_takes_nothing_while_it_is_buried(
    supervisor: Supervisor, recorder: Recorder, funeral: Funeral
) -> None:
    assert supervisor.get("a") is not None
    assert supervisor.control("a", {"op": "ring"}) is False
    assert not recorder.all(ProcessExited)
    funeral.over.set()
    recorder.wait_for(ProcessReady, name="a", count=2)
    assert recorder.wait_for(ProcessExited, name="a").reason == "oom_killed"


def test_restarts_while_it_is_buried_make_one_worker_after_the_burial(
    supervisor: Supervisor, recorder: Recorder, funeral: Funeral
) -> None:
    for _ in range(5):
        supervisor.restart("a")
    assert len(recorder.all(ProcessSpawned)) == 1
    funeral.over.set()
    recorder.wait_for(ProcessReady, name="a", count=2)
    assert recorder.wait_for(ProcessExited, name="a").reason == "oom_killed"
    supervisor.stop("a")
    assert len(recorder.all(ProcessSpawned)) == 2
    assert len(funeral.exits) == 2


def test_stop_while_it_is_buried_returns_after_the_burial_and_it_stays_away(
    supervisor: Supervisor, recorder: Recorder, funeral: Funeral
) -> None:
    with ThreadPoolExecutor(1) as pool:
        stop = pool.submit(supervisor.stop, "a")
        wait_until(lambda: supervisor.describe("a").state is ChildState.STOPPING)
        assert not stop.done()
        funeral.over.set()
        stop.result(timeout=60)
    assert supervisor.describe("a").state is ChildState.STOPPED
    assert recorder.wait_for(ProcessExited, name="a").reason == "oom_killed"
    assert len(recorder.all(ProcessSpawned)) == 1


def test_stop_then_start_while_it_is_buried_brings_it_back(
    supervisor: Supervisor, recorder: Recorder, funeral: Funeral
) -> None:
    with ThreadPoolExecutor(1) as pool:
        stop = pool.submit(supervisor.stop, "a")
        wait_until(lambda: supervisor.describe("a").state is ChildState.STOPPING)
        supervisor.start(WORKER)
        funeral.over.set()
        recorder.wait_for(ProcessReady, name="a", count=2)
        stop.result(timeout=60)
