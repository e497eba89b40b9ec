import subprocess
import sys
from pathlib import Path

import pytest

from native_runtime.cli.examples import EXAMPLES
from native_runtime.cli.group import COMMANDS, commands, unknown_command
from native_runtime.cli.main import main


def test_every_command_of_the_table_exists_and_says_what_it_does() -> None:
    context = commands.make_context("native-runtime", ["queue:status"])
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help


def test_every_command_has_an_example_of_itself() -> None:
    context = commands.make_context("native-runtime", ["queue:status"])
    assert EXAMPLES.keys() == COMMANDS.keys()
    for name, example in EXAMPLES.items():
        command = commands.get_command(context, name)
        assert command is not None
        assert name in example.split()
        assert command.epilog == f"Example: native-runtime {example}"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in COMMANDS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("queue:retri", "queue:retry"), ("worker:scal", "worker:scale"), ("runtime:statsu", "runtime:status")],
)
def test_a_mistyped_command_is_told_the_right_one(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed]) == 2
    complaint = capsys.readouterr().err
    assert "did you mean" in complaint
    assert meant in complaint
    assert complaint.count("\n") == 1


def test_a_command_that_is_like_no_other_leads_to_the_help() -> None:
    assert unknown_command("zzz") == "no command 'zzz'; `native-runtime --help` lists them all"


@pytest.mark.parametrize(
    "arguments",
    [
        ["queue:status", "--jsn"],
        ["queue:pause"],
        ["queue:retry"],
        ["queue:retry", "--all", "an-id"],
        ["crash:show"],
        ["crash:show", "--last", "an-id"],
        ["queue:jobs", "--offset", "99999999999999999999"],
        ["queue:jobs", "--offset", "-1"],
    ],
)
def test_wrong_usage_is_one_line_and_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("native-runtime: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("typed", ["-1", "x", "257", "100000", "1.5"])
def test_a_number_of_processes_that_cannot_be_is_told_which_can(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["worker:scale", "default", typed]) == 2
    assert f"native-runtime: expected 0 to 256 processes or auto, got '{typed}'" in capsys.readouterr().err


def test_without_a_command_the_help_page_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("Usage: native-runtime ")
    assert all(f"\n  {name} " in printed.err for name in COMMANDS)


def test_a_folder_without_workers_toml_is_told_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NATIVE_RUNTIME_CONFIG", raising=False)
    assert main(["queue:status"]) == 1
    complaint = capsys.readouterr().err
    assert str(tmp_path / "workers.toml") in complaint
    assert "-c" in complaint


def test_a_worker_starts_without_the_command_line_framework() -> None:
    program = (
        "import sys\n"
        "from native_runtime.__main__ import main\n"
        "sys.argv = ['native-runtime', 'queue:work', '--no-such-flag']\n"
        "code = main()\n"
        "print(code, *sorted({'click', 'rich', 'psutil', 'native_runtime.cli'} & set(sys.modules)))\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["2"]
