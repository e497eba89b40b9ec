"""The gateway as a service: the endpoint file, start and stop, the app's own pages."""

from __future__ import annotations

import errno
import json
import os
import socket
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import httpx
import pytest
from starlette.responses import PlainTextResponse

from native_runtime.errors import StoreError
from native_runtime.gateway.endpoint_file import Endpoint, remove_endpoint, write_endpoint
from tests.support.gateway_house import House
from tests.support.recorder import DEADLINE

if TYPE_CHECKING:
    from native_runtime.gateway import Gateway

ENDPOINT = Endpoint(url="http://127.0.0.1:1/", token="t", pid=1, version="0")  # noqa: S106


def can_connect(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", httpx.URL(url).port or 0)) == 0


def test_endpoint_file_tells_where_and_how(house: House) -> None:
    with house.serving() as gateway:
        endpoint = json.loads(house.folders.endpoint.read_text("utf-8"))
        assert endpoint == {"url": gateway.url, "token": gateway.token, "pid": 4242, "version": "0.1.0"}
        assert gateway.link("/desk?x=1") == f"{gateway.url}desk?x=1&token={gateway.token}"
    assert not house.folders.endpoint.exists()


@pytest.mark.skipif(
    sys.platform == "win32", reason="a mode says nothing there; the profile folder is private"
)
def test_endpoint_file_is_for_this_user_alone(house: House) -> None:
    old = os.umask(0)
    try:
        with house.serving():
            assert stat.S_IMODE(house.folders.endpoint.stat().st_mode) == 0o600
    finally:
        os.umask(old)


def test_endpoint_file_that_does_not_fit_is_said_with_its_place_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "endpoint.json"

    def write_half(_document: object, file: TextIO) -> None:
        file.write("{")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(json, "dump", write_half)
    with pytest.raises(StoreError, match=r"endpoint\.json: the disk is full .*; free some space") as caught:
        write_endpoint(path, ENDPOINT)
    assert caught.value.where == str(path)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_takes_no_endpoint_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"endpoint\.json: cannot be written .*data_dir"):
        write_endpoint(tmp_path / "file" / "endpoint.json", ENDPOINT)


def test_endpoint_file_of_a_later_run_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "endpoint.json"
    write_endpoint(path, Endpoint(url="http://127.0.0.1:2/", token="later", pid=2, version="0"))  # noqa: S106
    remove_endpoint(path, ENDPOINT)
    assert json.loads(path.read_text("utf-8"))["token"] == "later"  # noqa: S105


def test_endpoint_file_that_was_left_half_written_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "data" / "endpoint.json"
    path.parent.mkdir()
    (path.parent / "endpoint.json.1.new").write_text("{", "utf-8")
    write_endpoint(path, ENDPOINT)
    assert json.loads(path.read_text("utf-8"))["pid"] == 1
    assert list(path.parent.iterdir()) == [path]


def test_every_run_has_another_secret(house: House) -> None:
    with house.serving() as gateway:
        first = gateway.token
    with house.serving() as gateway:
        assert gateway.token != first
        assert len(gateway.token) >= 32


def test_port_is_closed_and_the_thread_gone_after_stop(house: House) -> None:
    with house.serving() as gateway:
        url = gateway.url
        assert can_connect(url)
    assert not can_connect(url)
    assert not [thread for thread in threading.enumerate() if thread.name == "native-runtime gateway"]


def test_start_and_stop_are_harmless_twice_and_in_any_order(house: House) -> None:
    gateway = house.gateway()
    gateway.stop()
    gateway.start()
    url = gateway.url
    gateway.start()
    assert gateway.url == url
    gateway.stop()
    gateway.stop()
    assert gateway.url == ""
    gateway.start()
    assert httpx.get(f"{gateway.url}healthz", timeout=DEADLINE, trust_env=False).status_code == 200
    gateway.stop()


def test_taken_port_is_told_and_leaves_nothing_behind(house: House) -> None:
    with house.serving() as first:
        second = house.gateway(port=httpx.URL(first.url).port or 0)
        with pytest.raises(OSError, match=r"[Aa]ddress"):
            second.start()
        assert json.loads(house.folders.endpoint.read_text("utf-8"))["url"] == first.url


def test_endpoint_file_that_cannot_be_written_closes_the_port_again(house: House) -> None:
    house.folders.endpoint.mkdir(parents=True)
    gateway = house.gateway()
    with pytest.raises(OSError, match=r"endpoint\.json"):
        gateway.start()
    assert gateway.url == ""


def test_no_part_of_an_answer_waits_for_the_client_to_acknowledge_another(
    gateway: Gateway, client: httpx.Client
) -> None:
    assert client.get("/healthz").status_code == 200  # its connection stays open
    assert gateway._running is not None
    (connection,) = gateway._running.thread._server.server_state.connections
    accepted = connection.transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_it_listens_on_loopback_only(house: House) -> None:
    with house.serving() as gateway:
        port = httpx.URL(gateway.url).port or 0
        with socket.socket() as probe:
            # Every address in 127/8 is this machine; a server on all interfaces would answer there, too.
            probe.settimeout(5)
            assert probe.connect_ex(("127.0.0.2", port)) != 0


def test_pages_of_the_app_stand_behind_the_same_gate(house: House) -> None:
    gateway = house.gateway(pages={"/desk": PlainTextResponse("the desk")})
    gateway.start()
    try:
        address = f"{gateway.url}desk/"
        assert httpx.get(address, timeout=DEADLINE, trust_env=False).status_code == 401
        with httpx.Client(timeout=DEADLINE, trust_env=False, follow_redirects=True) as browser:
            page = browser.get(gateway.link("/desk"))
        assert page.text == "the desk"
        assert "Content-Security-Policy" in page.headers
    finally:
        gateway.stop()


def test_stop_does_not_wait_for_an_act_that_hangs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, release = threading.Event(), threading.Event()

    def hang(_name: str, **_origin: str) -> None:
        entered.set()
        release.wait()

    monkeypatch.setattr(house.supervisor, "stop", hang)
    gateway = house.gateway()
    gateway.start()
    with ThreadPoolExecutor(1) as pool, httpx.Client(timeout=DEADLINE, trust_env=False) as client:
        headers = {"Authorization": f"Bearer {gateway.token}"}
        asked = pool.submit(client.post, f"{gateway.url}api/processes/api/stop", headers=headers)
        assert entered.wait(DEADLINE)
        gateway.stop()
        assert not release.is_set()
        response = asked.result(DEADLINE)
        release.set()
    assert response.status_code == 503
    assert "may still be done" in response.json()["error"]
