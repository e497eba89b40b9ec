from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime import environment
from native_runtime.errors import (
    CommandNotFoundError,
    MessageTooLargeError,
    NameInUseError,
    NotRunningError,
    UnknownNameError,
)
from native_runtime.processes.crash_report import read_reports
from native_runtime.processes.events import (
    CrashReported,
    ErrorReceived,
    MessageReceived,
    ProcessExited,
    ProcessGaveUp,
    ProcessReady,
    ProcessRestarting,
    ProcessSpawned,
    StartupError,
)
from native_runtime.processes.identity import identity_of
from native_runtime.processes.launcher import owner_of
from native_runtime.processes.ledger import Ledger
from native_runtime.processes.restart import RestartPolicy, RestartWhen
from native_runtime.processes.spec import ChildSpec, MemoryLimits
from native_runtime.processes.state import ChildState
from tests.support.processes import KILL_CODE, KILLED, is_running, kill, wait_until, wait_until_gone
from tests.support.programs import program, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

MEGABYTE = 1024 * 1024


def test_start_returns_the_real_pid_of_the_child(supervisor: Supervisor) -> None:
    child = supervisor.start(spec("a", "forever"))
    assert child.pid is not None
    started = psutil.Process(child.pid)
    wait_until(started.cmdline)  # the kernel lets us go on before it has written that down
    assert started.cmdline()[-1].endswith("forever.py")


def test_start_of_the_same_spec_returns_the_running_child(supervisor: Supervisor) -> None:
    first = supervisor.start(spec("a", "forever"))
    assert supervisor.start(spec("a", "forever")).pid == first.pid


def test_another_spec_under_a_running_name_is_refused_and_says_what_differs(supervisor: Supervisor) -> None:
    supervisor.start(spec("a", "forever"))
    with pytest.raises(NameInUseError, match="another command"):
        supervisor.start(spec("a", "echoes"))


def test_concurrent_starts_of_one_name_make_one_process(supervisor: Supervisor, recorder: Recorder) -> None:
    with ThreadPoolExecutor(16) as pool:
        pids = {each.pid for each in pool.map(lambda _: supervisor.start(spec("a", "forever")), range(64))}
    assert len(pids) == 1
    supervisor.stop("a")
    recorder.wait_for(ProcessExited, name="a")  # and so all that was told before
    assert len(recorder.all(ProcessSpawned)) == 1


def test_missing_command_raises_and_is_told_at_once(supervisor: Supervisor, recorder: Recorder) -> None:
    with pytest.raises(CommandNotFoundError, match="no-such-program"):
        supervisor.start(ChildSpec(name="a", command=("no-such-program",), persistent=True))
    recorder.wait_for(StartupError, name="a")
    child = supervisor.describe("a")
    assert child.state is ChildState.FAILED
    assert child.last_exit is not None
    assert child.last_exit.reason == "start_failed"


def test_missing_working_folder_raises(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match=r"cwd: expected a folder, got .*nowhere"):
        supervisor.start(spec("a", "forever", cwd=tmp_path / "nowhere"))


def test_file_that_is_not_executable_raises(supervisor: Supervisor, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("not a program")
    with pytest.raises(OSError, match=r"may not be executed|WinError 193"):
        supervisor.start(ChildSpec(name="a", command=(str(plain),)))


@pytest.mark.skipif(sys.platform == "win32", reason="the first line of a script says nothing there")
def test_script_whose_interpreter_is_missing_is_told_from_one_that_is_missing_itself(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/python\r\n")
    script.chmod(0o755)
    with pytest.raises(FileNotFoundError, match=r"script: .*first line names.*'#!/no/such/python\\r'"):
        supervisor.start(ChildSpec(name="a", command=(str(script),)))


@pytest.mark.skipif(sys.platform != "linux", reason="the form of its programs")
def test_program_whose_loader_is_missing_is_told_from_one_that_is_missing_itself(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    loader = re.search(rb"/lib[^\0]*/ld-[^\0]+", content := Path(sys.executable).resolve().read_bytes())
    if loader is None:
        pytest.skip("this Python needs no loader")
    program.write_bytes(content.replace(loader[0], b"/no" + loader[0][3:], 1))
    program.chmod(0o755)
    with pytest.raises(FileNotFoundError, match=r"program: .*the loader that it was built for is not there"):
        supervisor.start(ChildSpec(name="a", command=(str(program),)))


def test_spawn_that_fails_in_an_unforeseen_way_leaves_no_child_that_starts_for_ever(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    with pytest.raises(TypeError):
        supervisor.start(spec("a", "forever", env={"A": 1}))
    recorder.wait_for(StartupError, name="a")
    assert supervisor.describe("a").state is ChildState.FAILED


def test_child_that_always_crashes_is_crash_looping_under_the_default_policy(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(spec("a", "exits", "1", persistent=True))
    recorder.wait_for(ProcessRestarting, name="a", crash_looping=True)
    assert len(recorder.all(ProcessSpawned)) == 1 + RestartPolicy().max_restarts


def test_output_of_both_streams_becomes_events_and_a_log_file(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    supervisor.start(spec("a", "exits", "3"))
    exited = recorder.wait_for(ProcessExited, name="a")
    assert (exited.reason, exited.exit_code, exited.signal) == ("crashed", 3, None)
    assert recorder.wait_for(MessageReceived).lines == ("out",)
    assert recorder.wait_for(ErrorReceived).lines == ("err",)
    log = (tmp_path / "logs" / "a.log").read_text()  # two streams: nobody promises an order within it
    assert {"out", "err"} == {word for word in ("out", "err") if word in log}
    assert set(supervisor.last_lines("a")) == {"out", "err"}


def test_events_after_its_output_tell_what_follows_without_a_gap_or_a_double(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(spec("a", "counts_lines", "1000"))
    recorder.wait_for(MessageReceived, name="a")
    output = supervisor.output("a", 1000)
    recorder.wait_for(ProcessExited, name="a")
    after = [event for event in recorder.all(MessageReceived, name="a") if event.seq > output.seq]
    shown = [int(line.text) for line in output.lines]
    told = [int(line) for event in after for line in event.lines]
    assert [*shown, *told] == sorted({*shown, *told})
    # Of a machine that is slow, a batch may be too long to be told as a whole; that is said.
    assert len(shown) + len(told) + sum(event.dropped for event in after) == 1000


def test_message_reaches_the_stdin_of_a_child(supervisor: Supervisor, recorder: Recorder) -> None:
    supervisor.start(spec("a", "echoes"))
    supervisor.message("a", "grüße\n")
    recorder.wait_until(
        lambda events: any(
            "got grüße" in event.lines for event in events if isinstance(event, MessageReceived)
        )
    )


def test_message_to_a_child_that_does_not_run_is_refused(supervisor: Supervisor) -> None:
    supervisor.start(spec("a", "forever"))
    supervisor.stop("a")
    with pytest.raises(NotRunningError, match="stopped"):
        supervisor.message("a", "hello\n")


def test_messages_that_nobody_reads_are_refused_before_they_fill_the_memory(supervisor: Supervisor) -> None:
    supervisor.start(spec("a", "forever"))
    supervisor.message("a", "x" * 1_000_000)  # the pipe takes a part of it at most
    with pytest.raises(MessageTooLargeError, match="has not read yet"):
        supervisor.message("a", "x" * 1_000_000)


def test_message_larger_than_a_pipe_arrives_whole(supervisor: Supervisor, recorder: Recorder) -> None:
    supervisor.start(spec("a", "echoes"))
    recorder.wait_for(MessageReceived, name="a")
    supervisor.message("a", "".join(f"{number}\n" for number in range(100_000)))
    recorder.wait_until(
        lambda events: any(
            "got 99999" in event.lines for event in events if isinstance(event, MessageReceived)
        )
    )


def test_unknown_name_names_the_known_ones(supervisor: Supervisor) -> None:
    supervisor.start(spec("mail", "forever"))
    with pytest.raises(UnknownNameError, match=r"did you mean 'mail'\? known: mail"):
        supervisor.stop("male")


def test_persistent_child_killed_from_outside_comes_back_at_once(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    child = supervisor.start(spec("a", "forever", persistent=True))
    assert child.pid
    recorder.wait_for(MessageReceived, name="a")
    kill(child.pid)
    exited = recorder.wait_for(ProcessExited, name="a")
    assert (exited.pid, exited.reason, exited.signal) == (child.pid, *KILLED)
    assert recorder.wait_for(ProcessRestarting, name="a").delay == 0.0
    replacement = recorder.wait_for(ProcessReady, name="a", count=2)
    assert replacement.pid != child.pid
    report = recorder.wait_for(CrashReported, name="a")
    assert report.reason == KILLED[0]


def test_crash_leaves_a_report_with_the_last_lines(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    supervisor.start(spec("a", "exits", "7"))
    recorder.wait_for(CrashReported, name="a")
    [report] = read_reports(tmp_path / "crashes")
    assert (report["child"], report["reason"], report["exit_code"]) == ("a", "crashed", 7)
    assert set(report["output"]) == {"out", "err"}


def test_child_that_is_not_persistent_stays_away(supervisor: Supervisor, recorder: Recorder) -> None:
    supervisor.start(spec("a", "exits", "1"))
    recorder.wait_for(ProcessExited, name="a")
    assert supervisor.describe("a").state is ChildState.STOPPED
    assert not recorder.all(ProcessRestarting)


def test_on_failure_policy_lets_a_clean_exit_rest(supervisor: Supervisor, recorder: Recorder) -> None:
    policy = RestartPolicy(when=RestartWhen.ON_FAILURE)
    supervisor.start(spec("a", "exits", "0", persistent=True, restart=policy))
    assert recorder.wait_for(ProcessExited, name="a").reason == "clean"
    assert supervisor.describe("a").state is ChildState.STOPPED


def test_crash_loop_ends_after_its_budget(supervisor: Supervisor, recorder: Recorder) -> None:
    policy = RestartPolicy(delay=0.001, factor=1.0, max_restarts=3)
    supervisor.start(spec("a", "exits", "1", persistent=True, restart=policy))
    looping = recorder.wait_for(ProcessRestarting, crash_looping=True)
    assert looping.delay == policy.max_delay
    assert len(recorder.all(ProcessSpawned)) == 1 + policy.max_restarts
    assert supervisor.describe("a").state is ChildState.CRASH_LOOPING


def test_crash_loop_under_give_up_fails_for_good(supervisor: Supervisor, recorder: Recorder) -> None:
    policy = RestartPolicy(delay=0.001, factor=1.0, max_restarts=2, give_up=True)
    supervisor.start(spec("a", "exits", "1", persistent=True, restart=policy))
    recorder.wait_for(ProcessGaveUp, name="a")
    assert supervisor.describe("a").state is ChildState.FAILED
    assert len(recorder.all(ProcessSpawned)) == 1 + policy.max_restarts


def test_stop_cancels_a_pending_restart(supervisor: Supervisor, recorder: Recorder) -> None:
    policy = RestartPolicy(max_restarts=0)
    supervisor.start(spec("a", "exits", "1", persistent=True, restart=policy))
    recorder.wait_for(ProcessRestarting, crash_looping=True)
    supervisor.stop("a")
    assert supervisor.describe("a").state is ChildState.STOPPED
    assert supervisor.describe("a").retry_in is None


def test_restart_of_a_crash_looping_child_tries_now(supervisor: Supervisor, recorder: Recorder) -> None:
    policy = RestartPolicy(max_restarts=0)
    supervisor.start(spec("a", "exits", "1", persistent=True, restart=policy))
    recorder.wait_for(ProcessRestarting, crash_looping=True)
    supervisor.restart("a")
    recorder.wait_for(ProcessSpawned, count=2)


def test_restart_replaces_the_process_of_a_child_that_is_not_persistent(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    first = supervisor.start(spec("a", "forever"))
    supervisor.restart("a", origin="test")
    assert recorder.wait_for(ProcessExited, name="a").reason == "stopped"
    assert recorder.wait_for(ProcessSpawned, count=2).pid != first.pid


def test_stop_twice_is_harmless(supervisor: Supervisor) -> None:
    supervisor.start(spec("a", "forever"))
    supervisor.stop("a")
    supervisor.stop("a")
    assert supervisor.describe("a").state is ChildState.STOPPED


def test_child_that_ignores_terminate_is_killed_after_grace(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(spec("a", "ignores_terminate", stop_timeout=0.2))
    recorder.wait_for(MessageReceived, name="a")
    supervisor.stop("a")
    exited = recorder.wait_for(ProcessExited, name="a")
    assert (exited.reason, exited.signal) == ("stopped", KILLED[1])
    assert "did not leave within 0.2 s" in exited.detail


def test_grandchildren_go_when_their_parent_is_killed(supervisor: Supervisor, recorder: Recorder) -> None:
    supervisor.start(spec("a", "has_grandchild", persistent=True))
    _, child, grandchild = recorder.wait_for(MessageReceived, name="a").lines[0].split()
    kill(int(child))
    recorder.wait_for(ProcessReady, name="a", count=2)
    wait_until_gone(int(grandchild))


def test_child_over_its_hard_memory_limit_is_killed(supervisor: Supervisor, recorder: Recorder) -> None:
    supervisor.start(spec("a", "eats_memory", memory=MemoryLimits(hard=64 * MEGABYTE)))
    exited = recorder.wait_for(ProcessExited, name="a")
    assert exited.reason == "memory_limit"
    assert "over its hard memory limit of 64 MB" in exited.detail


def test_wait_returns_how_a_child_ended(supervisor: Supervisor) -> None:
    supervisor.start(spec("a", "exits", "5"))
    status = supervisor.wait("a", timeout=60)
    assert status is not None
    assert status.exit_code == 5


def test_wait_for_a_child_that_stays_times_out(supervisor: Supervisor) -> None:
    supervisor.start(spec("a", "forever"))
    with pytest.raises(TimeoutError):
        supervisor.wait("a", timeout=0.05)


def test_close_leaves_nothing_running(make_supervisor: Callable[[], Supervisor], recorder: Recorder) -> None:
    supervisor = make_supervisor()
    supervisor.begin()
    pids = [supervisor.start(spec(f"c{n}", "forever", persistent=True)).pid for n in range(5)]
    recorder.wait_for(ProcessReady, count=5)
    supervisor.close()
    supervisor.close()
    assert not [pid for pid in pids if pid and is_running(pid)]


def test_next_start_ends_what_an_earlier_run_left_behind_and_spares_a_reused_pid(
    make_supervisor: Callable[[], Supervisor], tmp_path: Path
) -> None:
    left, stranger = (subprocess.Popen(program("forever"), stdout=subprocess.DEVNULL) for _ in range(2))
    ledger = Ledger(tmp_path / "run")
    ledger.enter("left", left.pid, identity_of(left.pid) or "")
    ledger.enter("gone", stranger.pid, "an earlier process with this pid")
    supervisor = make_supervisor()
    supervisor.begin()
    supervisor.close()
    assert left.wait(60) == KILL_CODE
    assert is_running(stranger.pid)
    assert ledger.entries() == []
    stranger.kill()
    stranger.wait()


@pytest.mark.skipif(
    sys.platform == "win32", reason="there nobody looks for markers: a Job Object has them all"
)
def test_next_start_ends_descendants_of_an_earlier_run_that_no_ledger_names(
    make_supervisor: Callable[[], Supervisor], tmp_path: Path
) -> None:
    marked = {**os.environ, environment.MARKER: f"{owner_of(tmp_path)}.earlier:1:a"}
    left = subprocess.Popen(program("forever"), stdout=subprocess.DEVNULL, env=marked, start_new_session=True)
    supervisor = make_supervisor()
    supervisor.begin()
    supervisor.close()
    assert left.wait(60) == KILL_CODE


def test_grandchildren_in_sessions_of_their_own_go_with_a_crash(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(spec("a", "has_runaways", persistent=True))
    _, child, *runaways = map(_number, recorder.wait_for(MessageReceived, name="a").lines[0].split())
    kill(child)
    wait_until_gone(child, *runaways)
    ready = recorder.wait_for(ProcessReady, name="a", count=2)
    assert is_running(ready.pid)


def test_stop_returns_when_grandchildren_in_sessions_of_their_own_are_gone(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(spec("a", "has_runaways"))
    _, *tree = map(_number, recorder.wait_for(MessageReceived, name="a").lines[0].split())
    supervisor.stop("a")
    assert not [pid for pid in tree if is_running(pid)]


def _number(word: str) -> int:
    return int(word) if word.isdigit() else 0
