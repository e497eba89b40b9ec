from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.events import MessageReceived, ProcessExited, ProcessReady, ProcessSpawned
from native_runtime.processes.readiness import read_health, read_ready
from native_runtime.processes.state import ChildState
from tests.support.ports import free_port
from tests.support.processes import wait_until
from tests.support.programs import spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder


@pytest.fixture
def port() -> int:
    return free_port()


def test_child_is_ready_when_its_line_was_seen_and_not_before(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(spec("a", "echoes", ready=read_ready("^got go$")))
    recorder.wait_for(MessageReceived, name="a")
    assert supervisor.describe("a").state is ChildState.STARTING
    supervisor.message("a", "go\n")
    recorder.wait_for(ProcessReady, name="a")
    assert supervisor.describe("a").state is ChildState.RUNNING


@pytest.mark.parametrize("kind", ["tcp", "http"])
def test_child_is_ready_when_its_server_answers(
    supervisor: Supervisor, recorder: Recorder, port: int, kind: str
) -> None:
    probe = {"tcp": port} if kind == "tcp" else {"http": f"http://127.0.0.1:{port}/health"}
    supervisor.start(spec("a", "serves_http", str(port), ready=read_ready(probe)))
    recorder.wait_for(ProcessReady, name="a")


def test_child_that_never_gets_ready_is_restarted_as_unhealthy(
    supervisor: Supervisor, recorder: Recorder, port: int
) -> None:
    ready = read_ready({"tcp": port, "timeout": 0.2})
    supervisor.start(spec("a", "forever", ready=ready, persistent=True))
    exited = recorder.wait_for(ProcessExited, name="a")
    assert exited.reason == "unhealthy"
    assert f"was not ready within 0.2 s: no sign of a connection to port {port}" in exited.detail
    recorder.wait_for(ProcessSpawned, name="a", count=2)


def test_child_whose_server_falls_ill_is_restarted(
    supervisor: Supervisor, recorder: Recorder, port: int
) -> None:
    url = f"http://127.0.0.1:{port}/"
    supervisor.start(
        spec(
            "a",
            "serves_http",
            str(port),
            persistent=True,
            ready=read_ready({"http": url}),
            health=read_health({"http": url, "interval": 1.0, "retries": 2}),  # a healthy one has that long
        )
    )
    first = recorder.wait_for(ProcessReady, name="a")
    supervisor.message("a", "sick\n")
    exited = recorder.wait_for(ProcessExited, name="a")
    assert (exited.pid, exited.reason) == (first.pid, "unhealthy")
    recorder.wait_for(ProcessReady, name="a", count=2)


def test_server_that_accepts_and_never_answers_does_not_hold_up_close(
    make_supervisor: Callable[[], Supervisor],
) -> None:
    supervisor = make_supervisor()
    supervisor.begin()
    with socket.create_server(("127.0.0.1", 0)) as server:
        ready = read_ready({"http": f"http://127.0.0.1:{server.getsockname()[1]}/"})
        supervisor.start(spec("a", "forever", ready=ready))
        asked, _ = server.accept()
        with asked:
            supervisor.close()
            # The probe waits for its answer still; it is the end of the connection that ends it.
            wait_until(lambda: len(probes()) == 1)
    wait_until(lambda: not probes())


def probes() -> list[threading.Thread]:
    """Threads that ask whether a child works."""
    return [each for each in threading.enumerate() if each.name.startswith("native-runtime probe")]


def test_child_without_heartbeats_is_restarted(supervisor: Supervisor, recorder: Recorder) -> None:
    health = read_health({"heartbeat": True, "interval": 0.05, "retries": 2})
    supervisor.start(spec("a", "forever", persistent=True, health=health))
    exited = recorder.wait_for(ProcessExited, name="a", reason="unhealthy")
    assert "2 times in a row there was no sign of a heartbeat" in exited.detail


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (3, "expected a table"),
        ({}, "exactly one of"),
        ({"tcp": 1, "http": "http://x"}, "exactly one of"),
        ({"tpc": 1}, "got tpc"),
        ({"tcp": 0}, "a port from 1 to 65535"),
        ({"tcp": True}, "a port from 1 to 65535"),
        ({"http": "localhost:80"}, "expected a URL"),
        ("(", "regular expression"),
        ({"tcp": 1, "timeout": 0}, "seconds above 0"),
    ],
)
def test_ready_of_another_form_is_refused_and_says_what_was_expected(value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_ready(value)
