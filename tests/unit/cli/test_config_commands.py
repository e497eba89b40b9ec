"""`config:show`, `config:schema`, `config:set` and `config:unset`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from native_runtime.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import StubGateway

BEFORE = '[runtime]\napp = "Desk"\n\n[workers.default]\nprocesses = 2\n'


def file_of(data: Path) -> Path:
    return data.parent / "workers.toml"


def test_every_value_is_shown_with_where_it_comes_from(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NATIVE_RUNTIME_WORKERS__DEFAULT__MEMORY", "96")
    assert main(["config:show", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    settings = {each["key"]: each for each in document["settings"]}
    assert document["path"] == str(file_of(data))
    assert settings["runtime.app"] == {
        "key": "runtime.app", "value": "Desk", "origin": "file", "line": 2, "variable": None,
    }  # fmt: skip
    assert settings["workers.default.memory"] == {
        "key": "workers.default.memory",
        "value": 96,
        "origin": "environment",
        "line": None,
        "variable": "NATIVE_RUNTIME_WORKERS__DEFAULT__MEMORY",
    }
    assert settings["workers.default.memory_kill"]["value"] == 384
    assert settings["workers.default.processes.max"]["line"] == 5
    assert settings["workers.default.tries"]["origin"] == "default"
    assert settings["runtime.data_dir"]["variable"] == "NATIVE_RUNTIME_DATA_DIR"


@pytest.mark.usefixtures("data")
def test_values_are_shown_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config:show"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["runtime.app", "Desk", "workers.toml:2"] in rows
    assert ["workers.default.max_jobs", "–", "default"] in rows
    assert ["workers.default.queues", '["default"]', "default"] in rows


@pytest.mark.usefixtures("data")
def test_a_running_app_is_asked_what_holds(gateway: StubGateway, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"key": "runtime.app", "value": "Old", "origin": "code", "line": None, "variable": None}
    gateway.answers["GET /api/config/settings"] = (200, [row])
    assert main(["config:show"]) == 0
    assert ["runtime.app", "Old", "code"] in [line.split() for line in capsys.readouterr().out.splitlines()]


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config:schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "workers.toml"


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("workers.default.memory", "96", "memory = 96"),
        ("workers.default.queues", "a,b", 'queues = ["a", "b"]'),
        ("workers.default.rest", "0.5", "rest = 0.5"),
        ("workers.default.on_start", "app.jobs:warm_up", 'on_start = "app.jobs:warm_up"'),
        ("workers.default.nice", "-5", "nice = -5"),
        ("workers.default.env.LEVEL", "3", 'env.LEVEL = "3"'),
    ],
)
def test_a_key_is_set_in_the_file(
    key: str, value: str, line: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config:set", key, value]) == 0
    assert file_of(data).read_text() == f"{BEFORE}{line}\n"
    assert capsys.readouterr().out == f"{file_of(data)}: {key} is set.\n"


def test_a_key_is_unset(data: Path) -> None:
    assert main(["config:unset", "workers.default.processes"]) == 0
    assert file_of(data).read_text() == BEFORE.replace("processes = 2\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["config:set", "workers.default.memory", "much"],
            'expected a whole number of 1 or more, got "much"',
        ),
        (["config:set", "workers.default.memmory", "3"], "did you mean 'memory'"),
        (["config:set", "workers.default", "3"], "is a section"),
        (["config:set", "workers..x", "3"], "expected the path of a key"),
        (["config:unset", "workers.default.memory"], "is not in the file"),
    ],
)
def test_what_would_make_the_file_invalid_is_refused(
    words: list[str], told: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert told in capsys.readouterr().err
    assert file_of(data).read_text() == BEFORE


def test_a_key_that_a_variable_overrides_is_set_and_that_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NATIVE_RUNTIME_WORKERS__DEFAULT__MEMORY", "128")
    assert main(["config:set", "workers.default.memory", "96"]) == 0
    assert "memory = 96" in file_of(data).read_text()
    assert "NATIVE_RUNTIME_WORKERS__DEFAULT__MEMORY is set and overrides it" in capsys.readouterr().err


def test_an_invalid_file_can_be_mended(data: Path) -> None:
    file_of(data).write_text(BEFORE.replace("2", "0"))
    assert main(["config:set", "workers.default.processes", "2"]) == 0
    assert file_of(data).read_text() == BEFORE


@pytest.mark.usefixtures("data")
def test_a_running_app_edits_its_file_itself(gateway: StubGateway) -> None:
    assert main(["config:set", "workers.default.memory", "96"]) == 0
    assert main(["config:unset", "workers.default.memory"]) == 0
    assert gateway.asked == [
        ("POST /api/config/edit", {"key": "workers.default.memory", "value": 96}),
        ("POST /api/config/edit", {"key": "workers.default.memory", "remove": True}),
    ]
