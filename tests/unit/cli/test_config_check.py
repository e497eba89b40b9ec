import json
from pathlib import Path

import pytest

from native_runtime.cli.main import main
from tests.unit.cli.conftest import StubGateway


@pytest.mark.usefixtures("data")
def test_a_valid_file_is_said_to_be_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config:check"]) == 0
    assert "workers.toml is valid: 1 worker, 0 processes." in capsys.readouterr().out


def test_every_problem_is_told_on_a_line_of_its_own(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data.parent / "workers.toml").write_text("[workers.mail]\ntrys = 3\nmemory = -1\n")
    assert main(["config:check"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "workers.toml:2:1: workers.mail.trys" in printed.err
    assert "tries" in printed.err
    assert "workers.toml:3:" in printed.err


@pytest.mark.parametrize(
    "words",
    [["config:check", "-c", "FILE"], ["-c", "FILE", "config:check"], ["--config=FILE", "config:check"]],
)
def test_c_names_another_file_before_the_command_or_behind_it(
    words: list[str], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = data.parent / "other.toml"
    other.write_text("[workers.a]\n\n[workers.b]\n")
    assert main([word.replace("FILE", str(other)) for word in words]) == 0
    assert "other.toml is valid: 2 workers" in capsys.readouterr().out


def test_a_file_named_behind_the_command_comes_before_one_named_in_front(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-c", "nowhere.toml", "config:check", "-c", str(data.parent / "workers.toml")]) == 0
    assert "workers.toml is valid" in capsys.readouterr().out


def test_a_queue_that_no_worker_serves_is_told_of_a_valid_file(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data.parent / "workers.toml").write_text("[queues.images]\nconcurrency = 1\n\n[workers.a]\n")
    assert main(["config:check"]) == 0
    printed = capsys.readouterr()
    assert "workers.toml is valid: 1 worker" in printed.out
    assert "no worker serves the queue 'images'" in printed.err


@pytest.mark.usefixtures("data")
def test_plan_of_an_app_that_does_not_run_is_to_start_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config:check", "--plan"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["start   default:1", "start   default:2"]


def test_plan_of_an_app_that_runs_is_asked_of_the_app(
    data: Path, gateway: StubGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = [{"step": "keep", "child": "default:1"}, {"step": "drain", "child": "old:1"}]
    answer = {"path": str(data.parent / "workers.toml"), "plan": plan}
    gateway.answers["GET /api/config/plan"] = (200, answer)
    assert main(["config:check", "--plan"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["keep    default:1", "drain   old:1"]


def test_json_names_the_file_also_where_it_is_not_valid(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data.parent / "workers.toml").write_text("[workers.mail]\ntrys = 3\n")
    assert main(["config:check", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["path"] == str(data.parent / "workers.toml")
    assert [problem["line"] for problem in document["problems"]] == [2]


def test_json_names_no_file_where_there_is_none(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config:check", "--json", "-c", str(data / "none.toml")]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["path"] is None
    assert "none.toml: expected a file, got none" in document["problems"][0]["message"]
