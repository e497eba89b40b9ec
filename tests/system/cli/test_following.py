"""Commands that go on until Ctrl-C, as a person leaves them open: real processes, and a terminal where one is meant."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.processes import DEADLINE, wait_until, wait_until_gone
from tests.support.programs import PROGRAMS

if sys.platform != "win32":
    import pty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no terminals and no SIGINT for one process")

TALKER = """
import itertools, os, time
print("hello", os.getpid(), flush=True)
for number in itertools.count():
    print("tick", number, flush=True)
    time.sleep(0.02)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "talker.py").write_text(TALKER)
    stubborn = json.dumps([sys.executable, str(PROGRAMS / "ignores_terminate.py")])
    (tmp_path / "workers.toml").write_text(
        f"""
        [runtime]
        app = "Desk"
        data_dir = "data"

        [workers.default]

        [processes."reports.daily"]
        command = {json.dumps([sys.executable, str(tmp_path / "talker.py")])}
        stop_timeout = 0.1

        [processes.stubborn]
        command = {stubborn}
        ready = "ready"
        stop_timeout = 0.1
        """
    )
    return tmp_path


class Program:
    """A command that runs, and what it has said so far."""

    def __init__(self, folder: Path, *arguments: str, terminal: bool = False) -> None:
        environment = {key: text for key, text in os.environ.items() if not key.startswith("NATIVE_RUNTIME_")}
        ours, theirs = pty.openpty() if terminal else os.pipe()
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "native_runtime", *arguments],
            cwd=folder,
            env={**environment, "TERM": "xterm", "COLUMNS": "200", "LINES": "50"},
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
        )
        os.close(theirs)
        assert self.popen.stderr is not None
        self.said = ""
        self.complaints = ""
        self._readers = [
            threading.Thread(target=self._read, args=(ours, "said")),
            threading.Thread(target=self._read, args=(self.popen.stderr.fileno(), "complaints")),
        ]
        for reader in self._readers:
            reader.start()
        self._ours = ours

    def says(self, claim: Callable[[str], object]) -> None:
        """Wait until it has said this on stdout."""
        wait_until(lambda: claim(self.said) or self._has_left())

    def complains(self, words: str) -> None:
        """Wait until it has said this on stderr."""
        wait_until(lambda: words in self.complaints or self._has_left())

    def leave(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal; its exit code, once all is read that it said."""
        self.popen.send_signal(number)
        return self.end()

    def end(self) -> int:
        """Its exit code."""
        code = self.popen.wait(DEADLINE)
        for reader in self._readers:
            reader.join(DEADLINE)
        return code

    def close(self) -> None:
        """Whatever it does now, it is over."""
        self.popen.kill()
        self.end()
        os.close(self._ours)
        assert self.popen.stderr is not None
        self.popen.stderr.close()

    def _has_left(self) -> bool:
        code = self.popen.poll()
        assert code is None, (code, self.said, self.complaints)
        return False

    def _read(self, descriptor: int, into: str) -> None:
        while True:
            try:
                part = os.read(descriptor, 65536)
            except OSError:  # a terminal whose other side is closed
                return
            if not part:
                return
            setattr(self, into, getattr(self, into) + part.decode("utf-8", "replace"))


@contextmanager
def program(folder: Path, *arguments: str, terminal: bool = False) -> Iterator[Program]:
    running = Program(folder, *arguments, terminal=terminal)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def app(folder: Path) -> Iterator[Program]:
    with program(folder, "runtime") as running:
        running.says(lambda text: "Ctrl-C stops it." in text)
        yield running


def ask(folder: Path, *arguments: str) -> str:
    with program(folder, *arguments) as running:
        assert running.end() == 0, running.complaints
        return running.said


def documents(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def test_watch_shows_what_changes_and_follows_the_app_as_it_goes_and_comes(folder: Path) -> None:
    def latest(text: str) -> Any:
        return documents(text)[-1] if documents(text) else {"runtime": None, "queues": []}

    with app(folder) as first, program(folder, "runtime:status", "--watch", "--json") as watch:
        watch.says(lambda text: latest(text)["runtime"])
        assert not any(queue["paused"] for queue in latest(watch.said)["queues"])
        ask(folder, "queue:pause", "default")
        watch.says(lambda text: any(queue["paused"] for queue in latest(text)["queues"]))
        assert first.leave() == 0
        watch.says(lambda text: latest(text)["runtime"] is None)
        with app(folder) as second:
            watch.says(lambda text: (latest(text)["runtime"] or {}).get("pid") == second.popen.pid)
            assert watch.leave() == 0
            assert "Traceback" not in watch.complaints


def test_watch_in_a_terminal_draws_the_table_anew_until_ctrl_c(folder: Path) -> None:
    with app(folder), program(folder, "runtime:status", "--watch", terminal=True) as watch:
        watch.says(lambda text: "default:1" in text)
        assert "default:2" not in watch.said
        ask(folder, "worker:scale", "default", "2")
        watch.says(lambda text: "default:2" in text)
        assert (watch.leave(), watch.complaints) == (0, "")


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
def test_log_is_followed_over_restarts_of_the_child_and_of_the_app(folder: Path, *, terminal: bool) -> None:
    words = ("process:logs", "reports.daily", "-f", "-n", "0")
    with app(folder) as first:
        wait_until(lambda: "hello" in log_of(folder))
        with program(folder, *words, terminal=terminal) as follower:
            follower.says(lambda text: text.count("tick") > 2)
            assert "hello" not in follower.said
            ask(folder, "process:restart", "reports.daily")
            follower.says(lambda text: text.count("hello") == 1 and "tick 3" in text.partition("hello")[2])
            assert follower.complaints == ""

            assert first.leave() == 0
            follower.complains("Desk does not run; what its next run prints follows\n")
            with app(folder):
                follower.complains("Desk runs again\n")
                follower.says(lambda text: text.count("hello") == 2)
                assert follower.leave() == 0
            assert follower.complaints.count("\n") == 2


def test_log_that_is_followed_without_the_app_says_why_it_stands_still(folder: Path) -> None:
    with app(folder) as once:
        wait_until(lambda: "tick 3" in log_of(folder))
        once.leave()
    with program(folder, "process:logs", "reports.daily", "--follow") as follower:
        follower.says(lambda text: "tick 3" in text)
        follower.complains("Desk does not run")
        assert follower.leave() == 0
        assert follower.complaints.count("\n") == 1


@pytest.mark.parametrize("name", ["\udcff", "x" * 300, ".."])
def test_log_of_a_name_that_no_child_can_have_is_one_line_of_complaint(folder: Path, name: str) -> None:
    with program(folder, "process:logs", name) as shown:
        assert (shown.end(), shown.said, shown.complaints.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_second_ctrl_c_kills_the_children_that_the_first_one_waits_for(
    folder: Path, number: signal.Signals
) -> None:
    file = folder / "workers.toml"
    file.write_text(file.read_text().replace("stop_timeout = 0.1", "stop_timeout = 3600"))
    with app(folder) as running:
        wait_until(lambda: child(folder, "stubborn")["state"] == "running")
        pid = child(folder, "stubborn")["pid"]
        running.popen.send_signal(number)
        wait_until(lambda: not (folder / "data" / "endpoint.json").exists())
        assert running.leave(number) == 0
        assert running.said.endswith("Stopped.\n")
        assert running.complaints.count("asked again: children are killed, and not waited for\n") == 1
        wait_until_gone(pid)


def child(folder: Path, name: str) -> Any:
    return next(each for each in json.loads(ask(folder, "process:list", "--json")) if each["name"] == name)


def log_of(folder: Path) -> str:
    log = folder / "data" / "logs" / "reports.daily.log"
    return log.read_text() if log.exists() else ""
