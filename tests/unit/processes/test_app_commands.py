from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import CommandNotFoundError
from native_runtime.processes import app_commands
from native_runtime.processes.app_commands import command
from native_runtime.processes.commands import Commands
from native_runtime.processes.reentry import own_interpreter
from native_runtime.processes.spec import ChildSpec

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, app_commands.AppCommand]]:
    """Empty, for one test."""
    empty: dict[str, app_commands.AppCommand] = {}
    monkeypatch.setattr(app_commands, "_registered", empty)
    yield empty
    empty.clear()


def scan(arguments: list[str]) -> int:
    return len(arguments)


def prune(_arguments: list[str]) -> None:
    """Another one."""


def argv(*words: str) -> tuple[str, ...]:
    return Commands().argv(ChildSpec(name="a", command=words))


def test_command_stays_a_plain_function_and_is_found_by_its_name() -> None:
    assert command("photo:scan")(scan) is scan
    assert app_commands.get("photo:scan") is scan
    assert app_commands.known() == ["photo:scan"]


@pytest.mark.parametrize(
    "name", ["", "scan", "Photo:scan", "photo:", ":scan", "photo:sc an", "photo:scan/x", "c:\\x"]
)
def test_name_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="lower case with a colon"):
        command(name)


@pytest.mark.parametrize("name", ["queue:work", "queue:mine", "runtime:command", "worker:x"])
def test_name_in_a_group_of_the_runtime_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="those are the runtime's own"):
        command(name)


def test_name_of_another_function_is_refused_and_both_are_told() -> None:
    command("photo:scan")(scan)
    with pytest.raises(ValueError, match=r"'photo:scan' is .*\.scan already; give .*\.prune another name"):
        command("photo:scan")(prune)
    assert app_commands.get("photo:scan") is scan


def test_module_that_is_loaded_again_may_define_its_commands_again() -> None:
    command("photo:scan")(scan)
    command("photo:scan")(scan)
    assert app_commands.get("photo:scan") is scan


def test_command_runs_in_the_apps_own_interpreter() -> None:
    command("photo:scan")(scan)
    assert argv("photo:scan", "--deep") == (*own_interpreter(), "runtime:command", "photo:scan", "--deep")


def test_command_runs_in_the_bundles_own_executable(monkeypatch: pytest.MonkeyPatch) -> None:
    command("photo:scan")(scan)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert argv("photo:scan") == (sys.executable, "runtime:command", "photo:scan")


def test_name_that_is_unknown_makes_the_app_look_into_its_modules_once() -> None:
    looks = []

    def find() -> None:
        looks.append(1)
        command("photo:scan")(scan)

    commands, spec = Commands(find=find), ChildSpec(name="a", command=("photo:scan",))
    for _ in range(2):
        assert commands.prepare(spec) is spec
        assert "photo:scan" in commands.argv(spec)
    assert looks == [1]


def test_program_makes_nobody_look() -> None:
    def find() -> None:
        raise AssertionError

    spec = ChildSpec(name="a", command=("/bin/sh", "-c", "a:b"))
    assert Commands(find=find).prepare(spec) is spec


def test_name_that_stays_unknown_is_refused_and_the_known_ones_are_told() -> None:
    command("photo:scan")(scan)
    commands = Commands()
    commands.register("queue:work", lambda spec: spec)
    with pytest.raises(CommandNotFoundError, match=r"'photo:sacn'.*\(queue:work, photo:scan\) and PATH"):
        commands.argv(ChildSpec(name="a", command=("photo:sacn",)))


def test_module_that_cannot_be_imported_is_told_with_the_reason() -> None:
    def find() -> None:
        raise ImportError("no module named 'desk'")

    commands = Commands(find=find)
    spec = commands.prepare(ChildSpec(name="a", command=("photo:scan",)))
    with pytest.raises(CommandNotFoundError, match="cannot be imported: ImportError: no module named 'desk'"):
        commands.argv(spec)
