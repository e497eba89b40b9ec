"""What others wrote, on terminals and in encodings that cannot take all of it: real processes, a real store."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DEADLINE = 60  # seconds for one command; only reached when something hangs
ERROR = "\x1b[31mred\x1b[0m \a \x9b2J \u202egnp \U0001f600 – done"
JOBS = f"""
from native_runtime import job

@job(tries=1)
def refuse() -> None:
    raise ValueError({ERROR!a})
"""
DISPATCH = """
import jobs, native_runtime

with native_runtime.connect("workers.toml"):
    jobs.refuse.options(id="r").dispatch()
"""
TEXTS = (["queue:failed"], ["queue:jobs"], ["queue:job", "r"])
ENCODINGS = ("cp1252", "cp437", "ascii", "utf-8")


def run(folder: Path, *command: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NATIVE_RUNTIME_")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**kept, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an app that does not run, with one failed job in its store."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "workers.toml").write_text('[runtime]\napp = "Desk"\njobs = ["jobs"]\ndata_dir = "data"\n')
    (folder / "jobs.py").write_text(JOBS)
    assert run(folder, "-c", DISPATCH).returncode == 0
    worked = run(folder, "-m", "native_runtime", "queue:work", "--stop-when-empty")
    assert worked.returncode == 0, worked.stderr
    return folder


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "arguments",
    [*TEXTS, ["queue:status"], ["runtime:status"], ["config:show"], ["queue:failed", "--json"], ["--help"]],
    ids=" ".join,
)
def test_no_encoding_breaks_a_command(folder: Path, arguments: list[str], encoding: str) -> None:
    shown = run(folder, "-m", "native_runtime", *arguments, encoding=encoding)
    assert shown.returncode == (1 if arguments == ["runtime:status"] else 0), shown.stderr
    assert shown.stderr == b""
    assert shown.stdout.decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_says_the_same_in_every_encoding(folder: Path, encoding: str) -> None:
    shown = run(folder, "-m", "native_runtime", "queue:failed", "--json", encoding=encoding)
    (failed,) = json.loads(shown.stdout.decode(encoding))
    assert failed["error"] == f"ValueError: {ERROR}"


def test_json_in_utf_8_holds_letters_as_they_are(folder: Path) -> None:
    shown = run(folder, "-m", "native_runtime", "queue:failed", "--json")
    assert "\U0001f600 – done" in shown.stdout.decode()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("arguments", TEXTS, ids=" ".join)
def test_an_error_of_a_job_steers_no_terminal(folder: Path, arguments: list[str], encoding: str) -> None:
    shown = run(folder, "-m", "native_runtime", *arguments, encoding=encoding).stdout.decode(encoding)
    assert r"\x1b[31mred\x1b[0m \x07 \x9b2J \u202egnp" in shown
    assert not {"\x1b", "\a", "\x9b", "\u202e"} & set(shown)


def test_a_name_that_nothing_has_steers_no_terminal_either(folder: Path) -> None:
    shown = run(folder, "-m", "native_runtime", "queue:retry", "\x1b[2J\u202e", encoding="ascii")
    assert shown.returncode == 1
    assert shown.stderr.startswith(b"native-runtime: no failed job has the id")
    assert b"\x1b" not in shown.stderr
