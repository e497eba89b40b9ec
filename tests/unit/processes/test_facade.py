from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from native_runtime import ChildProcess, NotConfiguredError
from native_runtime.testing import FakeProcesses


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"cmd": "sleep 1"}, "cmd: expected a list of strings"),
        ({"cmd": []}, "cmd: expected a list of strings, not empty"),
        ({"cmd": ["sleep", 1]}, "cmd: expected a list of strings"),
        ({"name": ""}, "name: expected a name of printable characters"),
        ({"name": "a\nb"}, "name: expected a name of printable characters"),
        ({"name": "\ud800"}, "name: expected a name of printable characters"),
        ({"name": ".."}, "name: expected a name of printable characters .not '.' or '..'"),
        ({"name": "日" * 23}, "not longer than 200 where each special one counts as %XX"),
        ({"env": {"A": 1}}, "env: A: expected text, or None to remove it, got 1"),
        ({"env": {"A=B": "1"}}, "env: expected the name of a variable, got 'A=B'"),
        ({"memory": -1}, "memory: expected MB, a whole number of 1 or more, got -1"),
        ({"memory": 0}, "memory: expected MB, a whole number of 1 or more, got 0"),
        ({"ready": {"tcp": 0}}, "ready.tcp: expected a port"),
        ({"ready": {"line": None}}, "ready.line: expected a regular expression, got None"),
        ({"ready": {"line": 5}}, "ready.line: expected a regular expression, got 5"),
        ({"ready": "a{99999999999}"}, "ready.line: expected a regular expression, got 'a"),
        ({"ready": {"tcp": 1, "timeout": math.nan}}, "ready.timeout: expected seconds above 0, got nan"),
        ({"ready": {"tcp": 1, "timeout": math.inf}}, "ready.timeout: expected seconds above 0, got inf"),
        ({"health": {"tcp": 1, "interval": math.nan}}, "health.interval: expected seconds above 0, got nan"),
        ({"health": {"tcp": 1, "interval": math.inf}}, "health.interval: expected seconds above 0, got inf"),
        ({"ready": {"http": "http://127.0.0.1:99999/"}}, "ready.http: expected a URL such as .*99999"),
        ({"ready": {"http": "http://127.0.0.1:0/"}}, "ready.http: expected a URL such as"),
        ({"ready": {"http": "http://[::1"}}, r"ready.http: expected a URL such as .*got 'http://\[::1'"),
        ({"health": {"http": "ftp://127.0.0.1/"}}, "health.http: expected a URL such as .*got 'ftp:"),
        ({"cwd": 5}, "cwd: expected a folder, as text or Path, got 5"),
        ({"persistent": "yes"}, "persistent: expected True or False, got 'yes'"),
        ({"env": ["A=b"]}, "env: expected variables by name"),
        ({"restart": {"delay": 1}}, "restart: expected a RestartPolicy"),
        ({"stop_timeout": -1}, "stop_timeout: expected seconds of 0 or more, got -1"),
        ({"stop_timeout": "5"}, "stop_timeout: expected seconds of 0 or more, got '5'"),
        ({"stop_timeout": math.nan}, "stop_timeout: expected seconds of 0 or more, got nan"),
    ],
)
def test_argument_of_another_form_is_refused_and_named(arguments: dict[str, Any], told: str) -> None:
    with FakeProcesses().as_current() as processes:
        with pytest.raises((TypeError, ValueError), match=told):
            ChildProcess.start(**{"cmd": ["sleep", "1"], "name": "a", **arguments})
        processes.assert_not_started()


@pytest.fixture
def processes() -> Iterator[FakeProcesses]:
    with FakeProcesses().as_current() as made:
        yield made


def test_paths_among_the_words_are_taken_as_their_text(processes: FakeProcesses) -> None:
    ChildProcess.start(["ffmpeg", "-i", Path("in.mov"), PurePosixPath("out.mp4")], "encode")
    processes.assert_started("encode", ["ffmpeg", "-i", "in.mov", "out.mp4"])
    processes.assert_started("encode", ["ffmpeg", "-i", Path("in.mov"), "out.mp4"])


def test_child_is_the_same_however_it_was_got(processes: FakeProcesses) -> None:
    child = ChildProcess.start(["sleep", "1"], "a")
    assert (
        child == ChildProcess.start(["sleep", "1"], "a") == ChildProcess.get("a") == ChildProcess.all()["a"]
    )
    assert {child, ChildProcess.get("a"), ChildProcess.start(["sleep", "1"], "b")} == set(
        ChildProcess.all().values()
    )
    assert child != "a"
    processes.assert_started("a", times=1)


def test_text_for_python_is_not_split_into_letters(processes: FakeProcesses) -> None:
    with pytest.raises(
        TypeError, match=r"ChildProcess\.python: args: expected a list of strings, got '-m a'"
    ):
        ChildProcess.python("-m a", "a")
    processes.assert_not_started()


def test_message_that_is_no_text_is_refused(processes: FakeProcesses) -> None:
    ChildProcess.start(["cat"], "cat")
    with pytest.raises(TypeError, match="message: text: expected text, got b'a'"):
        ChildProcess.message(b"a", "cat")  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        processes.assert_message_sent("cat")


def test_message_that_utf_8_cannot_hold_is_refused_with_the_place(processes: FakeProcesses) -> None:
    ChildProcess.start(["cat"], "cat")
    with pytest.raises(ValueError, match=r"message: text: expected text that UTF-8 can hold.*character 2 "):
        ChildProcess.message("ab\udc80", "cat")
    with pytest.raises(AssertionError):
        processes.assert_message_sent("cat")


def test_as_many_lines_of_the_log_as_asked_for_are_given(processes: FakeProcesses) -> None:
    child = ChildProcess.start(["cat"], "cat")
    for line in ("one", "two", "three"):
        processes.print("cat", line)
    assert [child.logs(count) for count in (0, 1, 2, 9)] == [
        (),
        ("three",),
        ("two", "three"),
        ("one", "two", "three"),
    ]


@pytest.mark.parametrize("count", [-1, 1.5, True, None])
def test_number_of_lines_that_cannot_be_is_refused(processes: FakeProcesses, count: Any) -> None:
    child = ChildProcess.start(["cat"], "cat")
    with pytest.raises(ValueError, match=f"logs: count: expected a whole number of 0 or more, got {count}"):
        child.logs(count)
    processes.assert_started("cat")


def test_without_a_runtime_it_says_what_to_do() -> None:
    with pytest.raises(NotConfiguredError, match=r"Runtime\.from_config") as refused:
        ChildProcess.all()
    assert "connect" not in str(refused.value)  # a store alone starts no children
