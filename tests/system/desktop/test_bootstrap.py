"""The first statement of an app's `__main__`, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

APP = """
import native_runtime
native_runtime.bootstrap()
print("a window")
"""
SEEN_MODULES = """
import sys
before = set(sys.modules)
import native_runtime
native_runtime.bootstrap()
print(*sorted(set(sys.modules) - before))
"""


def run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=60, check=False, env=env, cwd=cwd
    )


@pytest.fixture
def app(tmp_path: Path) -> str:
    path = tmp_path / "app.py"
    path.write_text(APP)
    return str(path)


def test_a_start_by_the_user_goes_on_to_the_window(app: str) -> None:
    for words in ([], ["--headless"], ["queue"], ["http://a/b"]):
        assert run(app, *words).stdout == "a window\n"


def test_a_start_for_a_worker_is_a_worker_and_no_window(app: str) -> None:
    ended = run(app, "queue:work", "--help")
    assert "window" not in ended.stdout
    assert "--stop-when-empty" in ended.stdout
    assert ended.returncode == 0


def test_any_command_of_the_runtime_leaves_with_its_own_code(app: str) -> None:
    assert run(app, "queue:work", "--no-such-flag").returncode == 2
    assert run(app, "runtime:python", "-c", "raise SystemExit(7)").returncode == 7


def test_a_start_by_the_user_imports_next_to_nothing() -> None:
    ended = run("-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{SEEN_MODULES}")
    assert ended.stderr == ""
    ours = {each for each in ended.stdout.split() if each.startswith("native_runtime")}
    assert ours == {
        "native_runtime",
        "native_runtime.desktop",
        "native_runtime.desktop.bootstrap",
        "native_runtime.processes",
        "native_runtime.processes.reentry",
    }
    assert not {"typing", "re", "pathlib", "multiprocessing", "asyncio"} & set(ended.stdout.split())


def test_missing_standard_streams_are_given(tmp_path: Path) -> None:
    code = "import sys; sys.stdout = sys.stderr = None; import native_runtime; native_runtime.bootstrap()"
    seen = tmp_path / "seen"
    ended = run("-c", f"{code}; print('lost'); open({str(seen)!r}, 'w').write(sys.stdout.name)")
    assert ended.returncode == 0
    assert seen.read_text() == os.devnull
