"""A new app runs, is tested and is packaged at once, with nothing but the wheel in an empty environment."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.support.desk_program import PATIENCE, ROOT, wait_for
from tests.support.new_app import Environment, RunningApp, run, running

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILDING = 280.0  # seconds
TITLE = "Photo Sorter"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An empty environment with the wheel, pytest and PyInstaller."""
    return Environment.with_wheel(tmp_path_factory.mktemp("environment"), "pytest>=9.0", "pyinstaller>=6.10")


@pytest.fixture(scope="module")
def app(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new app."""
    folder = tmp_path_factory.mktemp("apps") / "photo-sorter"
    told = run([environment.program("native-runtime"), "new", folder], cwd=folder.parent)
    assert told.splitlines()[-1] == "  python -m photo_sorter"
    return folder


def measure_something(running_app: RunningApp, tmp_path: Path) -> None:
    """Have the app's worker do its job, as the page would."""
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.raw").write_bytes(bytes(1000))
    job = running_app.ask("/app/folders", str(photos))
    assert running_app.result(job["id"]) == {"files": 1, "bytes": 1000}


@contextmanager
def leaving(running_app: RunningApp) -> Iterator[None]:
    """The block asks the app to leave; it ends well, and nothing of it stays."""
    family = [
        psutil.Process(running_app.process.pid),
        *psutil.Process(running_app.process.pid).children(recursive=True),
    ]
    yield
    assert running_app.process.wait(PATIENCE) == 0
    wait_for(lambda: not any(each.is_running() for each in family), "nothing of the app is left")


def test_its_code_is_clean(app: Path) -> None:
    tools = Path(sys.executable).parent
    run([tools / "ruff", "check", "--no-cache", "."], cwd=app)
    run([tools / "ruff", "format", "--no-cache", "--check", "."], cwd=app)
    cache = f"--cache-dir={ROOT / '.mypy_cache' / 'new-app'}"  # kept: the libraries take a while
    run([tools / "mypy", cache, "--python-executable", sys.executable], cwd=app, timeout=BUILDING)


def test_its_settings_are_valid(app: Path, environment: Environment) -> None:
    assert "is valid: 1 worker, 0 processes." in run(
        [environment.program("native-runtime"), "config:check"], cwd=app
    )


def test_its_own_tests_pass(app: Path, environment: Environment) -> None:
    assert "4 passed" in run([environment.program("python"), "-m", "pytest"], cwd=app, timeout=2 * PATIENCE)


def test_it_runs_and_its_worker_does_its_job(app: Path, environment: Environment, tmp_path: Path) -> None:
    command: list[str | Path] = [environment.program("python"), "-m", "photo_sorter", "--headless"]
    with running(command, TITLE, cwd=app, data=tmp_path / "data") as running_app:
        measure_something(running_app, tmp_path)
        if sys.platform != "win32":  # which has no signal that asks
            with leaving(running_app):
                running_app.process.send_signal(signal.SIGTERM)


@pytest.mark.skipif(sys.platform == "win32", reason="only tried on Linux so far")
def test_it_is_packaged_and_runs_its_workers_without_python(
    app: Path, environment: Environment, tmp_path: Path
) -> None:
    build: list[str | Path] = [
        environment.program("python"),
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--log-level=WARN",
    ]
    run([*build, "photo-sorter.spec"], cwd=app, timeout=BUILDING)
    program = app / "dist" / "photo-sorter" / "photo-sorter"
    data = tmp_path / "data"
    with running([program, "--headless"], TITLE, cwd=tmp_path, data=data) as running_app:
        measure_something(running_app, tmp_path)
        status = running_app.ask("/api/status")
        (worker, *_) = (child for child in status["children"] if child["kind"] == "worker")
        assert Path(psutil.Process(worker["pid"]).exe()) == program.with_name("photo-sorter-worker")
        config = program.parent / "_internal" / "workers.toml"
        with leaving(running_app):
            run([program, "runtime:stop", "-c", config], cwd=tmp_path, NATIVE_RUNTIME_DATA_DIR=str(data))
