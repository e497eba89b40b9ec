"""Pages that are made from code agree with it, and the README's example does what the README says."""

import os
import re
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60  # seconds; only reached when the example is broken
CHANNELS = ("NATIVE_RUNTIME_", "PYTEST_")


def test_the_page_of_states_is_what_the_tables_say() -> None:
    generator = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    written = (ROOT / "docs" / "states.md").read_text("utf-8")
    assert written == generator["states_page"](), "run `python3 dev.py docs`"


def example(name: str) -> str:
    """The README's block that is marked as this file."""
    found = re.search(
        rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```",
        (ROOT / "README.md").read_text("utf-8"),
        re.DOTALL,
    )
    assert found is not None, f"README.md has no block marked `<!-- example: {name} -->`"
    return found[1]


@pytest.fixture
def readme_program(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The README's example as a real program in a folder of its own."""
    for name in ("workers.toml", "main.py"):
        (tmp_path / name).write_text(example(name), "utf-8")
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(CHANNELS)}
    program = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "main.py"],
        cwd=tmp_path,
        env=surroundings | {"NATIVE_RUNTIME_DATA_DIR": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # SIGABRT makes faulthandler show where a program that hangs stands.
    watchdog = threading.Timer(DEADLINE, program.send_signal, [signal.SIGABRT])
    watchdog.start()
    with program:
        yield program
        watchdog.cancel()
        program.kill()


def test_the_example_of_the_readme_prints_what_the_readme_says(readme_program: subprocess.Popen[str]) -> None:
    printed, complaints = readme_program.communicate()
    assert readme_program.returncode == 0, complaints
    assert re.search(r"^Panel: http://127\.0\.0\.1:\d+/", printed, re.MULTILINE), printed
    assert "Words: 6" in printed.splitlines()


def test_the_example_of_the_readme_is_short() -> None:
    assert len(example("main.py").splitlines()) <= 20
