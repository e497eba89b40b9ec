"""Whoever has no secret, or comes from elsewhere, gets nothing and changes nothing; nor does who has bad manners."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

from native_runtime import ChildProcess
from native_runtime.gateway import connection
from native_runtime.processes.events import ProcessExited
from native_runtime.queue.events import QueuePaused
from tests.support.processes import kill, wait_until
from tests.support.raw_http import DEADLINE, Address, read_all

if TYPE_CHECKING:
    import socket

    from native_runtime import Runtime
    from tests.support.recorder import Recorder

CLIENTS = 200
READ = (
    "/",
    "/panel/panel.js",
    "/metrics",
    "/api/status",
    "/api/jobs",
    "/api/jobs/x",
    "/api/failed",
    "/api/crashes",
)
ACTS = (
    "/api/workers/default/restart",
    "/api/workers/default/scale",
    "/api/processes/default:1/stop",
    "/api/queues/default/pause",
    "/api/queues/default/clear",
    "/api/failed/flush",
    "/api/jobs/x/cancel",
    "/api/runtime/stop",
)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def address(runtime: Runtime) -> Address:
    return Address(runtime)


def assert_untouched(runtime: Runtime, recorder: Recorder) -> None:
    assert recorder.all(QueuePaused) == []
    assert recorder.all(ProcessExited) == []
    assert not runtime.wait(timeout=0)
    worker = ChildProcess.get("default:1")
    assert worker is not None
    assert worker.pid is not None


@pytest.mark.parametrize("secret", [None, "Bearer wrong", "Bearer ", "Basic YTpi"])
def test_nothing_is_read_or_done_without_the_secret(
    runtime: Runtime, recorder: Recorder, address: Address, secret: str | None
) -> None:
    headers = {} if secret is None else {"Authorization": secret}
    origin = {"Origin": f"http://{address.host}"}
    assert {address.ask("GET", path, headers)[0] for path in READ} == {401}
    assert {address.ask("POST", path, headers | origin, body=b"{}")[0] for path in ACTS} == {401}
    assert_untouched(runtime, recorder)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1.evil.example:{port}", ""]
)
def test_foreign_name_that_was_made_to_point_here_opens_nothing_even_with_the_cookie(
    runtime: Runtime, recorder: Recorder, address: Address, host: str
) -> None:
    named = host.format(port=address.port)
    shown = {"Host": named, "Cookie": address.cookie, "Origin": f"http://{named}"}
    assert {address.ask("GET", path, shown)[0] for path in (*READ, "/healthz")} == {403}
    assert {address.ask("POST", path, shown, body=b"{}")[0] for path in ACTS} == {403}
    assert_untouched(runtime, recorder)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://{host}", None]
)
@pytest.mark.parametrize("kind", [FORM, "text/plain", "application/json"])
def test_form_of_another_page_is_refused_although_the_browser_sends_the_cookie(
    runtime: Runtime, recorder: Recorder, address: Address, origin: str | None, kind: str
) -> None:
    shown = {"Cookie": address.cookie, "Content-Type": kind}
    if origin is not None:
        shown["Origin"] = origin.format(host=address.host)
    assert {address.ask("POST", path, shown, body=b"processes=9")[0] for path in ACTS} == {403}
    assert_untouched(runtime, recorder)


@pytest.mark.parametrize(
    "path",
    [
        "/panel/../server.py",
        "/panel/..%2fserver.py",
        "/panel/%2e%2e/%2e%2e/__init__.py",
        "/panel/..%5cserver.py",
        "/panel//etc/passwd",
        "/panel/%2fetc%2fpasswd",
        "/panel/panel.js%00.txt",
        "/../../../../etc/passwd",
        "/api/crashes/..%2f..%2fendpoint.json",
        "/api/crashes/%2e%2e%2fendpoint",
    ],
)
def test_no_path_leads_to_a_file_of_anything_else(address: Address, path: str) -> None:
    status, body = address.ask("GET", path, {"Authorization": address.bearer})
    assert status == 404
    assert set(json.loads(body)) == {"error"}
    assert address.token not in body


def test_body_that_is_too_large_is_refused_before_it_is_sent(address: Address) -> None:
    status, body = address.ask(
        "POST", ACTS[1], {"Authorization": address.bearer, "Content-Length": str(100 * 1024**3)}
    )
    assert (status, "larger" in body) == (413, True)


def test_head_without_an_end_is_cut_off(address: Address) -> None:
    with address.connect() as endless:
        endless.sendall(b"GET / HTTP/1.1\r\n")
        with suppress(ConnectionError):  # closed while we are still writing
            for _ in range(1_000):
                endless.sendall(b"X-More: " + b"x" * 8_000 + b"\r\n")
        answer = read_all(endless)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert address.ask("GET", "/healthz")[0] == 200


def test_requests_that_are_begun_and_never_ended_keep_nobody_from_anything(
    recorder: Recorder, address: Address
) -> None:
    with ExitStack() as stack:
        for _ in range(connection.MOST - 50):
            begun = stack.enter_context(address.connect())
            begun.sendall(b"GET /api/status HTTP/1.1\r\nHost: ")
        pid = ChildProcess.start(["sleep", "600"], "watched").pid
        assert pid is not None
        kill(pid)
        assert recorder.wait_for(ProcessExited, name="watched").pid == pid
        assert address.ask("GET", "/api/status", {"Authorization": address.bearer})[0] == 200
        assert ChildProcess.start(["sleep", "600"], "another").pid is not None


def test_more_connections_than_there_may_be_are_closed_and_room_comes_back(address: Address) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(address.connect()) for _ in range(connection.MOST + 20)]
        for each in crowd:
            each.settimeout(0)
        wait_until(lambda: sum(map(is_closed, crowd)) >= 20)
    wait_until(lambda: is_served(address))


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def is_served(address: Address) -> bool:
    try:
        return address.ask("GET", "/healthz")[0] == 200
    except (OSError, IndexError):
        return False


def test_request_whose_head_does_not_come_is_ended(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    with address.connect() as further:
        further.sendall(f"GET /healthz HTTP/1.1\r\nHost: {address.host}\r\n\r\n".encode())
        assert further.recv(65536).startswith(b"HTTP/1.1 200")
        monkeypatch.setattr(connection, "PATIENCE", 0.1)
        with address.connect() as silent, address.connect() as begun:
            further.sendall(b"GET / HT")
            with suppress(ConnectionError):  # on a busy machine it is closed already
                begun.sendall(b"GET / HTTP/1.1\r\nHost: ")
            for each in (silent, begun, further):
                read_all(each)  # until it is closed; the socket's own deadline is the test's
                assert is_closed(each)


def test_two_hundred_listeners_hear_the_same_and_keep_nobody_from_anything(
    runtime: Runtime, recorder: Recorder, address: Address
) -> None:
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(
                connect(
                    f"ws://{address.host}/api/events?only=QueuePaused",
                    additional_headers={"Authorization": address.bearer},
                    open_timeout=DEADLINE,
                    proxy=None,
                )
            )
            for _ in range(CLIENTS)
        ]
        assert {json.loads(each.recv(DEADLINE))["type"] for each in listeners} == {"hello"}
        pid = ChildProcess.start(["sleep", "600"], "watched").pid
        assert pid is not None
        kill(pid)
        assert recorder.wait_for(ProcessExited, name="watched").pid == pid
        paused = runtime.bus.publish(QueuePaused(queue="images"))
        assert {json.loads(each.recv(DEADLINE))["seq"] for each in listeners} == {paused.seq}
