from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import environment
from native_runtime.queue.control import ControlChannel

if sys.platform == "win32":
    import msvcrt

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR = 60.0  # seconds; a test that waits so long has failed


class App:
    """The other end of the channel."""

    def __init__(self) -> None:
        self.gone = threading.Event()
        self.acted = threading.Event()
        self.messages: list[dict[str, Any]] = []
        worker_reads, self.write = os.pipe()
        self.read, worker_writes = os.pipe()
        self.worker_ends = (worker_reads, worker_writes)
        self.channel = ControlChannel(worker_reads, worker_writes, leave=self.gone.set)

    def act(self, message: Any) -> None:
        self.messages.append(message)
        self.acted.set()

    def say(self, data: bytes) -> None:
        os.write(self.write, data)

    def hang_up(self) -> None:
        if self.write != -1:
            os.close(self.write)
            self.write = -1

    def close(self) -> None:
        self.hang_up()
        for end in (self.read, *self.worker_ends):
            os.close(end)


@pytest.fixture
def app() -> Iterator[App]:
    made = App()
    yield made
    made.close()


def test_a_message_reaches_its_action_also_in_pieces_and_among_unknown_ones(app: App) -> None:
    app.channel.listen({"drain": app.act})
    app.say(b'{"op":"later"}\nnot json\n[]\n{"no":"op"}\n{"op":"dr')
    app.say(b'ain"}\n')
    assert app.acted.wait(FAR)
    assert app.messages == [{"op": "drain"}]
    app.hang_up()
    assert app.gone.wait(FAR)


def test_the_end_of_the_app_ends_the_worker(app: App) -> None:
    app.channel.listen({})
    app.hang_up()
    assert app.gone.wait(FAR)


def test_what_is_sent_is_one_line_of_json(app: App) -> None:
    app.channel.send({"ev": "failed", "error": "a\nb ü \udcff"})
    line = os.read(app.read, 4096)
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"ev": "failed", "error": "a\nb ü ?"}


def test_several_messages_are_sent_at_once_each_in_its_line(app: App) -> None:
    app.channel.send({"ev": "started"}, {"ev": "failed", "error": "a\nb"})
    assert [json.loads(line)["ev"] for line in os.read(app.read, 4096).splitlines()] == ["started", "failed"]


def test_speaking_to_an_app_that_is_gone_is_harmless() -> None:
    read, write = os.pipe()
    os.close(read)
    ControlChannel(-1, write).send({"ev": "idle"})
    os.close(write)


def test_the_channel_is_not_handed_on_to_a_jobs_own_children(app: App) -> None:
    environ = {environment.CONTROL: ",".join(map(_number, app.worker_ends))}
    for end in app.worker_ends:
        os.set_inheritable(end, True)  # noqa: FBT003 - the system's own signature
    assert ControlChannel.from_environment(environ) is not None
    assert environ == {}
    assert not any(map(os.get_inheritable, app.worker_ends))


def _number(end: int) -> str:
    """What the app tells of a descriptor: on Windows its handle."""
    if sys.platform == "win32":
        return str(msvcrt.get_osfhandle(end))
    else:  # noqa: RET505 - a type checker for one system looks at its branch alone
        return str(end)


def test_without_an_app_there_is_no_channel() -> None:
    assert ControlChannel.from_environment({}) is None
