from typing import Any

import pytest

from native_runtime.cli.incidents import incident
from native_runtime.events import Event
from native_runtime.processes.events import (
    ProcessExited,
    ProcessGaveUp,
    ProcessRestarting,
    ProcessSpawned,
    StartupError,
)
from native_runtime.processes.exit_status import ExitReason
from native_runtime.queue.events import JobFailed, JobRetrying

FAILURE: dict[str, Any] = {
    "job_id": "a1",
    "job": "app.jobs.thumb",
    "queue": "images",
    "worker": "default:1",
    "attempt": 2,
}


def exited(reason: str, detail: str = "exit code 1") -> ProcessExited:
    return ProcessExited(
        name="default:1", pid=1, reason=reason, exit_code=1, signal=None, uptime=0.2, detail=detail
    )


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            exited("crashed"),
            "default:1 crashed: exit code 1 after 0.2 s; see native-runtime crash:list",
        ),
        (
            exited("oom_killed", "killed by SIGKILL"),
            "default:1 oom killed: killed by SIGKILL after 0.2 s; see native-runtime crash:list",
        ),
        (
            ProcessRestarting(name="default:1", delay=30.0, restarts=6, crash_looping=True),
            "default:1 keeps crashing (6 restarts); it is tried again in 30 s",
        ),
        (StartupError(name="a", error="no such file"), "a could not be started: no such file"),
        (ProcessGaveUp(name="a", reason="came back 5 times"), "a is given up: came back 5 times"),
        (
            JobFailed(**FAILURE, outcome="failed", error="ValueError: two\nlines"),
            "job app.jobs.thumb (a1) ended as failed: ValueError: two lines; see native-runtime queue:failed",
        ),
    ],
)
def test_what_goes_wrong_is_one_line(event: Event, line: str) -> None:
    assert incident(event) == line


@pytest.mark.parametrize(
    "event",
    [
        ProcessSpawned(name="a", pid=1),
        ProcessRestarting(name="a", delay=1.0, restarts=1),
        JobRetrying(**FAILURE, outcome="failed", error="ValueError", delay=1.0),
    ],
)
def test_what_is_in_order_is_not_told(event: Event) -> None:
    assert incident(event) is None


@pytest.mark.parametrize("reason", ExitReason)
def test_an_exit_is_told_exactly_if_it_leaves_a_crash_report(reason: ExitReason) -> None:
    assert (incident(exited(reason.value)) is not None) == reason.is_crash
