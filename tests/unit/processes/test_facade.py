from __future__ import annotations

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
        ({"env": {"A": 1}}, "env: A: expected text, or None to remove it, got 1"),
        ({"env": {"A=B": "1"}}, "env: expected the name of a variable, got 'A=B'"),
        ({"memory": -1}, "memory: expected MB, a whole number of 1 or more, got -1"),
        ({"memory": 0}, "memory: expected MB, a whole number of 1 or more, got 0"),
        ({"ready": {"tcp": 0}}, "ready.tcp: expected a port"),
    ],
)
def test_argument_of_another_form_is_refused_and_named(arguments: dict[str, Any], told: str) -> None:
    with FakeProcesses().as_current() as processes:
        with pytest.raises((TypeError, ValueError), match=told):
            ChildProcess.start(**{"cmd": ["sleep", "1"], "name": "a", **arguments})
        processes.assert_not_started()


def test_without_a_runtime_it_says_what_to_do() -> None:
    with pytest.raises(NotConfiguredError, match=r"Runtime\.from_config") as refused:
        ChildProcess.all()
    assert "connect" not in str(refused.value)  # a store alone starts no children
