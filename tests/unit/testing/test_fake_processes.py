import inspect

import pytest

from native_runtime import ChildProcess, NameInUseError, NotConfiguredError, NotRunningError, RestartPolicy
from native_runtime.errors import NotListeningError, UnknownNameError
from native_runtime.processes.restart import RestartWhen
from native_runtime.processes.supervisor import Supervisor
from native_runtime.testing import FakeProcesses

COMMAND = ["ffmpeg", "-i", "in.mov", "out.mp4"]


def test_a_started_child_runs_and_starts_no_process(fake_processes: FakeProcesses) -> None:
    child = ChildProcess.start(COMMAND, "encode")
    assert child.status == "running"
    assert child.pid is not None
    fake_processes.assert_started("encode", COMMAND)


def test_another_description_under_a_running_name_is_refused(fake_processes: FakeProcesses) -> None:
    first = ChildProcess.start(COMMAND, "encode")
    assert ChildProcess.start(COMMAND, "encode").pid == first.pid
    with pytest.raises(NameInUseError):
        ChildProcess.start(["ffprobe"], "encode")
    ChildProcess.stop("encode")
    assert ChildProcess.start(["ffprobe"], "encode").status == "running"
    assert len(fake_processes.all()) == 1


def test_a_persistent_child_that_crashes_is_back_under_another_pid(fake_processes: FakeProcesses) -> None:
    child = ChildProcess.start(COMMAND, "encode", persistent=True)
    before = child.pid
    fake_processes.clock.advance(12)
    fake_processes.exit("encode", code=-11)
    assert child.status == "running"
    assert child.pid != before
    assert child.snapshot.restarts == 1
    assert child.last_exit is not None
    assert (child.last_exit.reason, child.last_exit.signal, child.last_exit.uptime) == (
        "crashed",
        "SIGSEGV",
        12,
    )


def test_a_child_that_its_policy_does_not_want_back_stays_down(fake_processes: FakeProcesses) -> None:
    once = ChildProcess.start(COMMAND, "once")
    careful = ChildProcess.start(
        COMMAND, "careful", persistent=True, restart=RestartPolicy(when=RestartWhen.ON_FAILURE)
    )
    fake_processes.exit("once", code=3)
    fake_processes.exit("careful", code=0)
    assert once.status == careful.status == "stopped"
    status = once.wait(timeout=1)
    assert status is not None
    assert (status.reason, status.exit_code) == ("crashed", 3)


def test_waiting_for_a_child_that_nobody_ends_is_told_at_once(fake_processes: FakeProcesses) -> None:
    child = ChildProcess.start(COMMAND, "encode")
    with pytest.raises(TimeoutError, match="nobody ends it"):
        child.wait()
    fake_processes.assert_started("encode")


def test_output_can_be_looked_at_until_the_next_run_begins(fake_processes: FakeProcesses) -> None:
    child = ChildProcess.start(COMMAND, "encode")
    fake_processes.print("encode", "frame 1", "frame 2")
    assert child.logs() == ("frame 1", "frame 2")
    assert child.logs(1) == ("frame 2",)
    fake_processes.exit("encode")
    assert child.logs() == ("frame 1", "frame 2")
    ChildProcess.restart("encode")
    assert child.logs() == ()


def test_a_child_that_is_started_anew_has_no_past(fake_processes: FakeProcesses) -> None:
    child = ChildProcess.start(COMMAND, "encode", persistent=True)
    fake_processes.exit("encode", code=1)
    ChildProcess.stop("encode")
    ChildProcess.start(COMMAND, "encode")
    assert (child.snapshot.restarts, child.last_exit) == (0, None)


def test_a_stop_is_told_as_the_real_one_tells_it(fake_processes: FakeProcesses) -> None:
    child = ChildProcess.start(COMMAND, "encode", persistent=True)
    ChildProcess.stop("encode")
    fake_processes.assert_stopped("encode")
    assert child.last_exit is not None
    assert (child.last_exit.reason, child.last_exit.detail) == ("stopped", "asked to stop (exit code 0)")


def test_a_restart_gives_a_new_pid_to_a_running_and_to_a_stopped_child(fake_processes: FakeProcesses) -> None:
    child = ChildProcess.start(COMMAND, "encode")
    pids = [child.pid]
    ChildProcess.restart("encode")
    pids.append(child.pid)
    ChildProcess.stop("encode")
    assert child.pid is None
    ChildProcess.restart("encode")
    pids.append(child.pid)
    assert len(set(pids)) == 3
    assert fake_processes.describe("encode").state == "running"


def test_several_children_are_stopped_together_or_not_at_all(fake_processes: FakeProcesses) -> None:
    for name in ("a", "b"):
        ChildProcess.start(COMMAND, name)
    with pytest.raises(UnknownNameError):
        fake_processes.stop("a", "nobody")
    assert fake_processes.describe("a").state == "running"
    fake_processes.stop("a", "b")
    fake_processes.assert_stopped("a")
    fake_processes.assert_stopped("b")


def test_child_that_closed_its_stdin_takes_no_message_until_it_runs_again(
    fake_processes: FakeProcesses,
) -> None:
    ChildProcess.start(COMMAND, "encode")
    fake_processes.close_stdin("encode")
    with pytest.raises(NotListeningError):
        ChildProcess.message("x", "encode")
    ChildProcess.restart("encode")
    ChildProcess.message("x", "encode")


def test_unknown_names_and_children_that_do_not_run_are_errors(fake_processes: FakeProcesses) -> None:
    with pytest.raises(UnknownNameError):
        ChildProcess.stop("nobody")
    with pytest.raises(UnknownNameError):
        fake_processes.exit("nobody")
    ChildProcess.start(COMMAND, "encode")
    ChildProcess.stop("encode")
    with pytest.raises(NotRunningError):
        ChildProcess.message("x", "encode")
    with pytest.raises(NotRunningError):
        fake_processes.exit("encode")
    assert ChildProcess.get("nobody") is None
    assert list(ChildProcess.all()) == ["encode"]


def test_after_the_block_the_facade_is_as_before() -> None:
    outer, inner = FakeProcesses(), FakeProcesses()
    with outer.as_current():
        with inner.as_current():
            ChildProcess.start(COMMAND, "encode")
        inner.assert_started("encode")
        outer.assert_not_started()
        ChildProcess.start(COMMAND, "other")
        outer.assert_started("other")
    with pytest.raises(NotConfiguredError):
        ChildProcess.get("encode")


@pytest.mark.parametrize(
    "name", ["start", "stop", "restart", "message", "get", "describe", "all", "wait", "last_lines"]
)
def test_the_fake_takes_whatever_the_facade_passes_to_the_real_supervisor(name: str) -> None:
    real = inspect.signature(getattr(Supervisor, name)).parameters
    fake = inspect.signature(getattr(FakeProcesses, name)).parameters
    positional = [each for each, parameter in real.items() if parameter.kind is not parameter.KEYWORD_ONLY]
    assert list(fake) == positional
