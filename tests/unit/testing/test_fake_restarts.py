from collections.abc import Callable
from datetime import timedelta

import pytest

from native_runtime import ChildProcess, NameInUseError, NotRunningError, RestartPolicy
from native_runtime.errors import UnknownNameError
from native_runtime.processes.spec import ChildSpec
from native_runtime.testing import FakeProcesses

COMMAND = ["sync", "--watch"]
MISSING = FileNotFoundError("'sync': command not found")
TWICE = RestartPolicy(delay=1.0, max_delay=30.0, max_restarts=2, period=60.0)


def start(restart: RestartPolicy | None = None, *, ready: str | None = None) -> ChildProcess:
    return ChildProcess.start(COMMAND, "sync", persistent=True, restart=restart, ready=ready)


def crash(processes: FakeProcesses, times: int = 1) -> None:
    for _ in range(times):
        processes.clock.advance((processes.describe("sync").retry_in or 0.0) + 0.01)
        processes.exit("sync", code=1)


def test_the_first_restart_is_at_once_and_the_next_when_its_pause_is_over(
    fake_processes: FakeProcesses,
) -> None:
    child = start(RestartPolicy(delay=2.0))
    fake_processes.exit("sync", code=1)
    assert child.status == "running"
    fake_processes.exit("sync", code=1)
    assert (child.status, child.pid, child.snapshot.retry_in) == ("backoff", None, 2.0)
    fake_processes.clock.advance(1.5)
    assert (child.status, child.snapshot.retry_in) == ("backoff", 0.5)
    fake_processes.clock.advance(0.5)
    assert (child.status, child.snapshot.retry_in) == ("running", None)
    assert child.snapshot.restarts == 2


def test_pauses_grow_up_to_the_longest_one(fake_processes: FakeProcesses) -> None:
    child = start(RestartPolicy(delay=1.0, factor=3.0, max_delay=5.0))
    pauses = []
    for _ in range(4):
        crash(fake_processes)
        pauses.append(child.snapshot.retry_in)
    assert pauses == [None, 1.0, 3.0, 5.0]


def test_the_time_that_is_left_is_enough_whatever_the_clock_shows(fake_processes: FakeProcesses) -> None:
    child = start(RestartPolicy(delay=0.1, factor=1.1, max_restarts=100))
    for step in range(50):
        fake_processes.exit("sync", code=1)
        fake_processes.clock.advance((child.snapshot.retry_in or 0.0) / 3)
        fake_processes.clock.advance(child.snapshot.retry_in or 0.0)
        assert (child.status, child.snapshot.restarts) == ("running", step + 1)


def test_a_restart_that_became_due_long_ago_happened_when_it_was_due(fake_processes: FakeProcesses) -> None:
    child = start(RestartPolicy(delay=1.0))
    for _ in range(2):
        fake_processes.exit("sync", code=1)
    fake_processes.clock.advance(61.0)
    assert child.snapshot.uptime == 60.0
    fake_processes.exit("sync", code=1)  # a minute of health: the next restart is a first one
    assert child.status == "running"


def test_a_child_that_was_healthy_for_long_enough_comes_back_at_once_again(
    fake_processes: FakeProcesses,
) -> None:
    child = start(RestartPolicy(delay=1.0, healthy_after=10.0))
    fake_processes.exit("sync", code=1)
    fake_processes.clock.advance(9.9)
    fake_processes.exit("sync", code=1)
    assert child.status == "backoff"
    fake_processes.clock.advance(1.0)
    assert child.status == "running"
    fake_processes.clock.advance(10.0)
    fake_processes.exit("sync", code=1)
    assert child.status == "running"


def test_a_child_that_was_never_ready_was_never_healthy(fake_processes: FakeProcesses) -> None:
    child = start(RestartPolicy(delay=1.0), ready="listening")
    fake_processes.exit("sync", code=1)
    fake_processes.clock.advance(600.0)
    fake_processes.exit("sync", code=1)
    assert child.status == "backoff"


def test_a_spent_budget_is_a_crash_loop_at_the_slowest_pace(fake_processes: FakeProcesses) -> None:
    child = start(TWICE)
    crash(fake_processes, times=3)
    assert (child.status, child.snapshot.retry_in) == ("crash_looping", 30.0)
    fake_processes.clock.advance(30.0)
    assert child.status == "running"
    fake_processes.assert_restarted("sync", times=3)


def test_restarts_that_are_older_than_the_period_do_not_count(fake_processes: FakeProcesses) -> None:
    child = start(TWICE)
    crash(fake_processes, times=2)
    fake_processes.clock.advance(62.0)
    fake_processes.exit("sync", code=1)
    assert child.status == "running"


def test_a_spent_budget_is_the_end_under_give_up(fake_processes: FakeProcesses) -> None:
    child = start(RestartPolicy(max_restarts=2, give_up=True))
    crash(fake_processes, times=3)
    assert (child.status, child.snapshot.retry_in) == ("failed", None)
    fake_processes.clock.advance(3600.0)
    assert child.status == "failed"
    status = child.wait()
    assert status is not None
    assert status.reason == "crashed"


def test_restarts_that_somebody_asks_for_never_count(fake_processes: FakeProcesses) -> None:
    child = start(TWICE)
    for _ in range(5):
        ChildProcess.restart("sync")
    fake_processes.exit("sync", code=1)
    assert (child.status, child.snapshot.restarts) == ("running", 6)


@pytest.mark.parametrize("crashes", [2, 3])
def test_a_stop_cancels_a_pending_restart(fake_processes: FakeProcesses, crashes: int) -> None:
    child = start(TWICE)
    crash(fake_processes, crashes)
    assert child.status == {2: "backoff", 3: "crash_looping"}[crashes]
    ChildProcess.stop("sync")
    assert (child.status, child.snapshot.retry_in) == ("stopped", None)
    fake_processes.clock.advance(3600.0)
    fake_processes.assert_stopped("sync")


def test_a_stop_of_a_failed_child_leaves_it_stopped_by_the_state_table(fake_processes: FakeProcesses) -> None:
    child = start(RestartPolicy(max_restarts=0, give_up=True))
    fake_processes.exit("sync", code=1)
    assert child.status == "failed"
    ChildProcess.stop("sync")
    assert child.status == "stopped"


@pytest.mark.parametrize("ask", [lambda: start(TWICE), lambda: ChildProcess.restart("sync")])
def test_a_child_that_waits_comes_back_at_once_when_asked(
    fake_processes: FakeProcesses, ask: Callable[[], object]
) -> None:
    child = start(TWICE)
    crash(fake_processes, times=3)
    ask()
    assert (child.status, child.snapshot.retry_in) == ("running", None)
    pid = child.pid
    fake_processes.clock.advance(30.0)
    assert child.pid == pid


def test_a_child_that_waits_keeps_its_name_and_takes_no_message(fake_processes: FakeProcesses) -> None:
    child = start()
    for _ in range(2):
        fake_processes.exit("sync", code=1)
    with pytest.raises(NameInUseError):
        ChildProcess.start(["other"], "sync")
    with pytest.raises(NotRunningError):
        ChildProcess.message("x", "sync")
    with pytest.raises(TimeoutError, match=r"is backoff, tried again in 0\.25 s, and nobody ends it"):
        child.wait(timeout=5)


def test_a_child_with_ready_is_starting_until_it_is_ready(fake_processes: FakeProcesses) -> None:
    child = start(ready="listening")
    assert child.status == "starting"
    assert child.pid is not None
    fake_processes.clock.advance(10.0)
    assert child.status == "starting"
    fake_processes.become_ready("sync")
    fake_processes.become_ready("sync")  # harmless twice
    assert child.status == "running"
    fake_processes.exit("sync", code=1)
    assert child.status == "starting"


def test_a_line_that_ready_waits_for_makes_the_child_ready(fake_processes: FakeProcesses) -> None:
    child = start(ready=r"listening on \d+")
    fake_processes.print("sync", "loading")
    assert child.status == "starting"
    fake_processes.print("sync", "now listening on 8001", "hello")
    assert child.status == "running"


def test_a_child_that_reports_readiness_itself_waits_for_it_too(fake_processes: FakeProcesses) -> None:
    fake_processes.start(ChildSpec(name="worker", command=("queue:work",), control=True))
    assert fake_processes.describe("worker").state == "starting"
    fake_processes.become_ready("worker")
    assert fake_processes.describe("worker").state == "running"


def test_a_child_that_does_not_run_cannot_become_ready(fake_processes: FakeProcesses) -> None:
    with pytest.raises(UnknownNameError):
        fake_processes.become_ready("sync")
    start(ready="listening")
    ChildProcess.stop("sync")
    with pytest.raises(NotRunningError):
        fake_processes.become_ready("sync")


def test_a_start_that_fails_raises_and_leaves_the_child_failed(fake_processes: FakeProcesses) -> None:
    fake_processes.fail_to_start("sync", MISSING)
    with pytest.raises(FileNotFoundError) as caught:
        start()
    assert caught.value is MISSING
    snapshot = fake_processes.describe("sync")
    assert (snapshot.state, snapshot.pid, snapshot.retry_in) == ("failed", None, None)
    assert snapshot.last_exit is not None
    assert (snapshot.last_exit.reason, snapshot.last_exit.detail) == ("start_failed", str(MISSING))
    assert start().status == "running"


def test_only_as_many_starts_fail_as_the_test_wants_and_only_of_that_child(
    fake_processes: FakeProcesses,
) -> None:
    refused = PermissionError("not executable")
    fake_processes.fail_to_start("sync", MISSING)
    fake_processes.fail_to_start("sync", refused)
    assert ChildProcess.start(COMMAND, "other").status == "running"
    for error in (MISSING, refused):
        with pytest.raises(OSError, match=str(error)):
            start()
    assert start().status == "running"


def test_a_restart_that_fails_is_tried_again_slowly(fake_processes: FakeProcesses) -> None:
    child = start(TWICE)
    fake_processes.fail_to_start("sync", MISSING)
    fake_processes.exit("sync", code=1)
    assert (child.status, child.snapshot.retry_in) == ("crash_looping", 30.0)
    assert child.last_exit is not None
    assert child.last_exit.reason == "start_failed"
    fake_processes.assert_restarted("sync", times=0)
    fake_processes.clock.advance(30.0)
    assert child.status == "running"
    fake_processes.assert_restarted("sync", times=1)


def test_a_restart_that_failed_while_nobody_looked_failed_when_it_was_due(
    fake_processes: FakeProcesses,
) -> None:
    child = start(TWICE)
    for _ in range(2):
        fake_processes.exit("sync", code=1)
    fake_processes.fail_to_start("sync", MISSING)
    crashed_at = fake_processes.clock.utc()
    fake_processes.clock.advance(11.0)
    assert (child.status, child.snapshot.retry_in) == ("crash_looping", 20.0)
    assert child.last_exit is not None
    assert child.last_exit.at == crashed_at + timedelta(seconds=1)


def test_a_restart_that_was_due_before_failure_was_wanted_does_not_fail(
    fake_processes: FakeProcesses,
) -> None:
    child = start(TWICE)
    for _ in range(2):
        fake_processes.exit("sync", code=1)
    fake_processes.clock.advance(1.0)
    fake_processes.fail_to_start("sync", MISSING)
    assert child.status == "running"


def test_a_persistent_child_that_ran_and_cannot_be_started_again_is_tried_again_slowly(
    fake_processes: FakeProcesses,
) -> None:
    child = start(TWICE)
    ChildProcess.stop("sync")
    fake_processes.fail_to_start("sync", MISSING)
    with pytest.raises(FileNotFoundError):
        ChildProcess.restart("sync")
    assert (child.status, child.snapshot.retry_in) == ("crash_looping", 30.0)
    fake_processes.clock.advance(30.0)
    assert child.status == "running"


def test_a_child_that_is_not_persistent_and_cannot_be_started_again_is_failed(
    fake_processes: FakeProcesses,
) -> None:
    child = ChildProcess.start(COMMAND, "sync")
    ChildProcess.stop("sync")
    fake_processes.fail_to_start("sync", MISSING)
    with pytest.raises(FileNotFoundError):
        ChildProcess.restart("sync")
    assert child.status == "failed"
    fake_processes.assert_restarted("sync", times=0)
