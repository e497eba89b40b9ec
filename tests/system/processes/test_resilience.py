from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime.processes import sweeper
from native_runtime.processes.events import (
    CrashReported,
    MessageReceived,
    ProcessEvent,
    ProcessExited,
    ProcessGaveUp,
    ProcessReady,
    ProcessRestarting,
    ProcessSpawned,
)
from native_runtime.processes.restart import RestartPolicy
from native_runtime.processes.run import Run
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.state import ChildState
from tests.support.processes import is_running, wait_until, wait_until_gone
from tests.support.programs import spec
from tests.support.tagged import tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from native_runtime.events import EventBus
    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

if sys.platform == "win32":
    pytest.skip("sessions, signals and forks are POSIX", allow_module_level=True)

import fcntl
import resource

MEGABYTE = 1024 * 1024
CRASHES = 300
HELPERS = 4
GROWTH = 16 * MEGABYTE  # of the app over 300 crashes; the journal of 2,000 events is a part of it


# Trees


@pytest.mark.parametrize("end", ["stop", "crash"])
def test_stubborn_tree_of_five_levels_in_alternating_sessions_goes(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path, end: str
) -> None:
    policy = RestartPolicy(max_restarts=0, max_delay=3600.0)
    tree = ("has_deep_stubborn_tree", "5", str(tmp_path))
    supervisor.start(spec("a", *tree, stop_timeout=0.1, persistent=True, restart=policy))
    pids = [int(word) for word in recorder.wait_for(MessageReceived, name="a").lines[0].split()]
    assert len({os.getsid(pid) for pid in pids}) == 3
    if end == "stop":
        supervisor.stop("a")
    else:
        os.kill(pids[0], signal.SIGKILL)
        recorder.wait_for(ProcessRestarting, name="a", crash_looping=True)
        wait_until_gone(*pids)
    assert tagged(tmp_path) == []


@pytest.mark.parametrize("link", range(1, 5))
def test_rest_of_a_tree_goes_although_a_link_of_it_is_missing(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path, link: int
) -> None:
    supervisor.start(spec("a", "has_deep_stubborn_tree", "5", str(tmp_path), stop_timeout=0.1))
    pids = [int(word) for word in recorder.wait_for(MessageReceived, name="a").lines[0].split()]
    os.kill(pids[link], signal.SIGKILL)
    wait_until_gone(pids[link])
    supervisor.stop("a")
    assert tagged(tmp_path) == []


@pytest.mark.parametrize("program", ["makes_a_daemon", "forks_for_ever"])
def test_stop_leaves_none_of_those_who_flee(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path, program: str
) -> None:
    supervisor.start(spec("a", program, str(tmp_path), stop_timeout=0.2))
    recorder.wait_for(MessageReceived, name="a")
    assert len(tagged(tmp_path)) > 1
    supervisor.stop("a")
    assert tagged(tmp_path) == []


def test_daemon_of_a_program_that_left_goes(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    supervisor.start(spec("a", "makes_a_daemon", str(tmp_path), "leaves"))
    assert recorder.wait_for(ProcessExited, name="a").reason == "clean"
    wait_until(lambda: not tagged(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="ends one thread by a system call of Linux")
def test_runaway_whose_first_thread_has_ended_goes_too(supervisor: Supervisor, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    supervisor.start(spec("a", "leaves_its_first_thread", str(lock)))
    wait_until(lambda: lock.exists() and is_locked(lock))
    supervisor.stop("a")
    assert not is_locked(lock)


def test_wait_for_a_program_that_left_returns_when_its_daemon_is_gone(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(spec("a", "makes_a_daemon", str(tmp_path), "leaves"))
    status = supervisor.wait("a", timeout=60)
    assert tagged(tmp_path) == []
    assert status is not None
    assert status.reason == "clean"


def test_wait_that_gives_up_keeps_nobody_else_from_waiting(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looking, go_on = threading.Event(), threading.Event()

    def slowly(markers: frozenset[str]) -> None:
        looking.set()
        assert go_on.wait(60)
        end_marked(markers)

    end_marked = sweeper._end_marked
    monkeypatch.setattr(sweeper, "_end_marked", slowly)
    supervisor.start(spec("a", "makes_a_daemon", str(tmp_path), "leaves"))
    assert looking.wait(60)
    with ThreadPoolExecutor(1) as pool:
        patient = pool.submit(supervisor.wait, "a", 60)
        with pytest.raises(TimeoutError):
            supervisor.wait("a", timeout=0.01)
        assert not patient.done()
        go_on.set()
        assert patient.result(timeout=60) is not None
    assert tagged(tmp_path) == []


def is_locked(file: Path) -> bool:
    """True while somebody holds the lock: a process without its first thread has no arguments to be known by."""
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


# Children in an odd state


def test_child_that_was_suspended_is_ended_by_stop(supervisor: Supervisor, recorder: Recorder) -> None:
    child = supervisor.start(spec("a", "forever", persistent=True, stop_timeout=0.2))
    recorder.wait_for(MessageReceived, name="a")
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
    supervisor.stop("a")
    assert not is_running(child.pid)
    exited = recorder.wait_for(ProcessExited, name="a")
    assert (exited.reason, exited.signal) == ("stopped", "SIGKILL")


def test_child_that_was_suspended_is_replaced_by_restart(supervisor: Supervisor, recorder: Recorder) -> None:
    child = supervisor.start(spec("a", "forever", stop_timeout=0.2))
    recorder.wait_for(MessageReceived, name="a")
    assert child.pid
    os.kill(child.pid, signal.SIGSTOP)
    supervisor.restart("a")
    assert recorder.wait_for(ProcessReady, name="a", count=2).pid != child.pid
    assert not is_running(child.pid)


def test_child_that_closes_its_pipes_is_alive_until_it_exits(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    child = supervisor.start(spec("a", "closes_its_pipes", str(tmp_path), persistent=True))
    deaf = tmp_path / f"deaf-{child.pid}"
    wait_until(deaf.exists)
    assert supervisor.describe("a").state is ChildState.RUNNING
    deaf.unlink()
    assert recorder.wait_for(ProcessExited, name="a").exit_code == 3
    again = recorder.wait_for(ProcessReady, name="a", count=2)
    wait_until((tmp_path / f"deaf-{again.pid}").exists)
    supervisor.stop("a")
    assert tagged(tmp_path) == []


# Many crashes


def test_three_hundred_crashes_leak_neither_descriptors_nor_threads_nor_memory(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    policy = RestartPolicy(delay=0.0, max_delay=0.0, max_restarts=CRASHES, period=3600.0, give_up=True)
    shell = ("/bin/sh", "-c", "echo out; read line; exit 3")
    supervisor.start(ChildSpec(name="a", command=shell, persistent=True, restart=policy))
    app = psutil.Process()
    for crash in range(1, CRASHES + 1):
        recorder.wait_for(ProcessReady, name="a", count=crash)
        supervisor.message("a", "crash\n")
        recorder.wait_for(CrashReported, name="a", count=crash)
        if crash == CRASHES // 10:  # by now everything that is made once has been made
            recorder.wait_for(ProcessReady, name="a", count=crash + 1)
            recorder.wait_for(MessageReceived, name="a", count=crash + 1)  # which opens the log
            descriptors, threads, rss = app.num_fds(), threading.active_count(), app.memory_info().rss
    recorder.wait_for(ProcessReady, name="a", count=CRASHES + 1)
    recorder.wait_for(MessageReceived, name="a", count=CRASHES + 1)
    wait_until(lambda: not supervisor._thread._tasks)
    assert app.num_fds() <= descriptors
    assert threading.active_count() <= threads
    assert app.memory_info().rss - rss < GROWTH
    gc.collect()
    # The one that runs, the last one, and one that a helper thread still has at hand.
    assert sum(isinstance(each, Run) for each in gc.get_objects()) <= 2 + HELPERS

    child = supervisor.describe("a")
    assert (child.state, child.restarts) == (ChildState.RUNNING, CRASHES)
    supervisor.message("a", "crash\n")
    recorder.wait_for(ProcessGaveUp, name="a")
    child = supervisor.describe("a")
    assert (child.state, child.pid, child.retry_in) == (ChildState.FAILED, None, None)
    assert len(recorder.all(ProcessSpawned)) == len(recorder.all(ProcessExited)) == CRASHES + 1
    assert list(supervisor._launcher.ledger.entries()) == []


# The log


def delete(log: Path) -> None:
    log.unlink()


def delete_folder(log: Path) -> None:
    for each in log.parent.iterdir():
        each.unlink()
    log.parent.rmdir()


def replace_folder_by_a_file(log: Path) -> None:
    delete_folder(log)
    log.parent.write_text("in the way")


def replace_by_a_folder(log: Path) -> None:
    log.unlink()
    log.mkdir()


def fill_the_disk(log: Path) -> None:
    log.unlink()
    log.symlink_to("/dev/full")


def assert_flood_goes_on(supervisor: Supervisor, recorder: Recorder) -> None:
    """The flood is still read, and a flooder that is killed comes back and is read."""
    recorder.forget(MessageReceived)
    recorder.wait_for(MessageReceived, name="a", count=3)
    child = supervisor.describe("a")
    assert child.state is ChildState.RUNNING
    assert child.pid
    ready = len(recorder.all(ProcessReady, name="a"))
    os.kill(child.pid, signal.SIGKILL)
    again = recorder.wait_for(ProcessReady, name="a", count=ready + 1)
    recorder.forget(MessageReceived)
    recorder.wait_for(MessageReceived, name="a", count=3)
    assert is_running(again.pid)


@pytest.fixture
def flood(supervisor: Supervisor, recorder: Recorder, tmp_path: Path) -> Path:
    """The log of a child that floods its output."""
    supervisor.start(spec("a", "floods", persistent=True))
    recorder.wait_for(MessageReceived, name="a")
    log = tmp_path / "logs" / "a.log"
    wait_until(log.exists)
    return log


@pytest.mark.parametrize("harm", [delete, delete_folder])
def test_log_that_was_deleted_under_a_flood_is_begun_anew(
    supervisor: Supervisor, recorder: Recorder, flood: Path, harm: Callable[[Path], None]
) -> None:
    while flood.exists():  # a rotation may put a new one there while we delete
        with contextlib.suppress(OSError):
            harm(flood)
            break
    wait_until(flood.exists)
    assert_flood_goes_on(supervisor, recorder)


@pytest.mark.parametrize("harm", [replace_folder_by_a_file, replace_by_a_folder, fill_the_disk])
def test_log_that_takes_nothing_costs_lines_in_the_file_and_nothing_else(
    supervisor: Supervisor, recorder: Recorder, flood: Path, harm: Callable[[Path], None]
) -> None:
    log_file = supervisor._family.named["a"].log

    def strike() -> None:  # on the loop, so that no rotation comes between
        log_file.close()
        harm(flood)

    supervisor._thread.call(strike)
    wait_until(lambda: log_file.lost > MEGABYTE)
    assert_flood_goes_on(supervisor, recorder)
    lost = log_file.lost
    wait_until(lambda: log_file.lost > lost)
    supervisor.stop("a")


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may grow beyond a megabyte, as on a disk that is nearly full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def size_of(log: Path) -> int:
    """Of a log, which is not there for a moment of each rotation."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


@pytest.mark.usefixtures("flood", "small_files")
def test_log_on_a_disk_that_fills_up_goes_on_when_there_is_room_again(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    log_file = supervisor._family.named["a"].log
    wait_until(lambda: log_file.lost > MEGABYTE)
    assert_flood_goes_on(supervisor, recorder)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    wait_until(lambda: size_of(log_file.path) > 2 * MEGABYTE)
    lost = log_file.lost
    recorder.forget(MessageReceived)
    recorder.wait_for(MessageReceived, name="a", count=3)
    assert log_file.lost == lost


# Subscribers


def test_slow_dead_and_failing_subscribers_hide_no_restart_from_others(
    supervisor: Supervisor, recorder: Recorder, bus: EventBus, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "native_runtime.events")
    crashes, over = 20, threading.Event()
    dead: list[ProcessEvent] = []
    slow: list[ProcessEvent] = []

    def hang(event: ProcessEvent) -> None:
        dead.append(event)
        over.wait(60)

    def dawdle(event: ProcessEvent) -> None:
        slow.append(event)
        over.wait(1)

    def fail(_event: ProcessEvent) -> None:
        raise ValueError("a bug of the app")

    for subscriber in (hang, dawdle, fail):
        bus.on(ProcessEvent, subscriber)
    policy = RestartPolicy(delay=0.0, max_delay=0.0, max_restarts=crashes)
    supervisor.start(spec("a", "forever", persistent=True, restart=policy))
    for number in range(1, crashes + 1):
        os.kill(recorder.wait_for(ProcessReady, name="a", count=number).pid, signal.SIGKILL)
        recorder.wait_for(ProcessExited, name="a", count=number)
    recorder.wait_for(ProcessReady, name="a", count=crashes + 1)
    recorder.wait_for(CrashReported, name="a", count=crashes)  # the last event but those of the stop
    assert supervisor.describe("a").restarts == crashes
    wait_until(lambda: dead)
    assert len(dead) == 1
    assert len(slow) < len(recorder.all(ProcessEvent))
    supervisor.stop("a")
    over.set()
    wait_until(lambda: len(slow) == len(dead) == len(recorder.all(ProcessEvent)))
    assert [event.seq for event in dead] == [event.seq for event in slow]
