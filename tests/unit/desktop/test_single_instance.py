"""A second launch shows the window of the first, waits for one that is leaving, and says what it cannot do."""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.desktop.single_instance import PATIENCE, WINDOW_PATIENCE, show, start_or_show
from native_runtime.errors import AlreadyRunningError
from native_runtime.testing import FakeClock
from native_runtime.window_slot import WindowSlot
from native_runtime.workers.folders import Folders
from tests.support.gateway_house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def first(tmp_path: Path) -> Iterator[House]:
    """An app that runs and serves; its endpoint file names this process, which is alive."""
    house = House(tmp_path)
    with house.serving():
        endpoint = house.folders.endpoint
        endpoint.write_text(json.dumps(json.loads(endpoint.read_text()) | {"pid": os.getpid()}))
        yield house


class Second:
    """A runtime that finds its folder owned, for the first `refusals` times."""

    def __init__(self, data: Path, *, refusals: int) -> None:
        self.folders = Folders(data)
        self.refusals = refusals
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self.refusals:
            raise AlreadyRunningError(4711, self.folders.data)


def always(data: Path) -> Second:
    return Second(data, refusals=10**9)


def test_an_app_that_is_alone_starts(tmp_path: Path) -> None:
    said: list[str] = []
    assert start_or_show(Second(tmp_path, refusals=0), say=said.append) is True
    assert said == []


def test_a_second_launch_shows_the_window_of_the_first_and_says_so(first: House) -> None:
    shown: list[str] = []
    first.window.on_show(lambda: shown.append("once"))
    said: list[str] = []
    assert start_or_show(always(first.folders.data), say=said.append) is False
    assert shown == ["once"]
    assert said == ["running already (pid 4711), its window was brought to the front"]


def test_without_anywhere_else_to_say_it_stands_on_stderr(
    first: House, capsys: pytest.CaptureFixture[str]
) -> None:
    first.window.on_show(lambda: None)
    assert start_or_show(always(first.folders.data)) is False
    assert "running already (pid 4711)" in capsys.readouterr().err


def test_an_app_that_is_just_leaving_is_waited_for(tmp_path: Path) -> None:
    clock = FakeClock()
    second = Second(tmp_path, refusals=5)
    assert start_or_show(second, clock=clock, pause=clock.advance) is True
    assert second.starts == 6


def test_one_that_never_answers_is_named(tmp_path: Path) -> None:
    clock = FakeClock()
    began = clock.monotonic()
    with pytest.raises(AlreadyRunningError, match="pid 4711"):
        start_or_show(always(tmp_path), clock=clock, pause=clock.advance)
    assert clock.monotonic() - began >= PATIENCE


def test_one_without_a_window_is_given_time_to_open_it(first: House) -> None:
    clock = FakeClock()
    shown: list[str] = []

    def pause(seconds: float) -> None:
        clock.advance(seconds)
        first.window.on_show(lambda: shown.append("late"))

    assert start_or_show(always(first.folders.data), clock=clock, pause=pause) is False
    assert shown == ["late"]


def test_one_that_has_closed_its_window_and_takes_its_time_to_leave_is_waited_for(first: House) -> None:
    clock = FakeClock()
    began = clock.monotonic()
    second = always(first.folders.data)

    def pause(seconds: float) -> None:
        clock.advance(seconds)
        first.folders.endpoint.unlink(missing_ok=True)  # its gateway is gone, its jobs have their grace
        if clock.monotonic() - began > 5 * WINDOW_PATIENCE:
            second.refusals = 0

    assert start_or_show(second, clock=clock, pause=pause) is True


def test_one_without_a_window_is_named_soon(first: House) -> None:
    clock = FakeClock()
    began = clock.monotonic()
    with pytest.raises(AlreadyRunningError):
        start_or_show(always(first.folders.data), clock=clock, pause=clock.advance)
    assert WINDOW_PATIENCE <= clock.monotonic() - began < PATIENCE


def test_nobody_answers_where_no_app_runs(tmp_path: Path) -> None:
    assert show(tmp_path / "endpoint.json") is None


@pytest.mark.parametrize("last_words", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_an_app_that_ends_before_it_has_answered_is_none(tmp_path: Path, last_words: bytes) -> None:
    endpoint = tmp_path / "endpoint.json"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(last_words)

        ending = threading.Thread(target=hang_up)
        ending.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        endpoint.write_text(json.dumps({"url": url, "token": "secret", "pid": os.getpid()}))
        assert show(endpoint) is None
        ending.join()


def test_a_window_is_shown_until_it_is_gone_and_the_latest_counts() -> None:
    slot = WindowSlot()
    shown: list[str] = []
    assert slot.show() is False
    forget_first = slot.on_show(lambda: shown.append("first"))
    forget_second = slot.on_show(lambda: shown.append("second"))
    forget_first()  # not the current one any more
    assert slot.show() is True
    assert shown == ["second"]
    forget_second()
    forget_second()
    assert slot.show() is False
