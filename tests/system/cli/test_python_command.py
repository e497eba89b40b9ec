"""`runtime:python` does what `python` does."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TELL = "import sys; print(__name__, *sys.argv)"


def python(*words: str, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "native_runtime", "runtime:python", *words],
        input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=cwd,
    )  # fmt: skip


def test_code_runs_as_the_main_program() -> None:
    assert python("-c", TELL, "a", "b").stdout == "__main__ -c a b\n"


def test_a_script_runs_as_the_main_program_and_finds_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("WORD = 'hello'")
    script = tmp_path / "script.py"
    script.write_text(f"{TELL}\nimport neighbour; print(neighbour.WORD)")
    assert python(str(script), "x").stdout == f"__main__ {script} x\nhello\n"


def test_a_module_of_the_working_folder_runs_as_the_main_program(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(f"{TELL}\nprint(sys.modules['__main__'].__spec__.name)")
    ended = python("-u", "-X", "dev", "-m", "program", "x", cwd=tmp_path)
    assert ended.stdout == f"__main__ {tmp_path / 'program.py'} x\nprogram\n"


def test_a_module_of_the_standard_library_reads_its_own_arguments() -> None:
    assert python("-m", "json.tool", "--compact", stdin='{"a": [1]}').stdout == '{"a":[1]}\n'


def test_the_exit_code_is_the_programs() -> None:
    assert python("-c", "raise SystemExit(3)").returncode == 3
    failed = python("-c", "raise ValueError('so')")
    assert failed.returncode == 1
    assert failed.stderr.endswith("ValueError: so\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "expected -m MODULE, -c CODE or a script, got nothing of it"),
        (["-m"], "expected -m MODULE, -c CODE or a script, got nothing of it"),
        (["--version"], "got --version"),
        (["-m", "no_such.thing"], "there is no module no_such.thing; name it to the freezer"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], told: str) -> None:
    ended = python(*words)
    assert ended.returncode == 2
    assert told in ended.stderr


def test_a_module_that_fails_to_import_another_says_so_itself(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import not_there_at_all")
    ended = python("-m", "program", cwd=tmp_path)
    assert ended.returncode == 1
    assert "ModuleNotFoundError: No module named 'not_there_at_all'" in ended.stderr
