"""A new app runs, is tested and is packaged at once, with nothing but the wheel in an empty environment."""

from __future__ import annotations

import shutil
import signal
import sys
import urllib.error
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime.cli.toolkits import TOOLKITS
from native_runtime.desktop.display import has_module
from tests.support.desk_program import PATIENCE, ROOT, virtual_screen, wait_for
from tests.support.new_app import Environment, RunningApp, run, running
from trial import knows_no_toolkit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUILDING = 280.0  # seconds
TITLE = "Photo Sorter"
# What the window, the panel and the command line are made of, and a job may want as well.
LIBRARIES = ("anyio", "click", "psutil", "rich", "starlette", "tomlkit", "watchdog", "websockets")

pytestmark = pytest.mark.slow
NO_SCREEN = sys.platform != "linux" or not shutil.which("Xvfb")
in_tk = pytest.mark.skipif(
    NO_SCREEN or not has_module("_tkinter"), reason="needs: apt install xvfb python3-tk"
)
in_qt = pytest.mark.skipif(
    not has_module("PySide6.QtWidgets"), reason="needs: pip install native-runtime[qt]"
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An empty environment with the wheel, pytest and PyInstaller."""
    return Environment.with_wheel(tmp_path_factory.mktemp("environment"), "pytest>=9.0", "pyinstaller>=6.10")


@pytest.fixture(scope="module")
def apps(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The folders of new apps, by the toolkit of their window."""
    made = {toolkit: tmp_path_factory.mktemp(toolkit) / "photo-sorter" for toolkit in TOOLKITS}
    for toolkit, folder in made.items():
        command: list[str | Path] = [environment.program("native-runtime"), "new", folder]
        command += [f"--toolkit={toolkit}"]
        assert run(command, cwd=folder.parent).splitlines()[-1] == "  python -m photo_sorter"
    return made


@pytest.fixture
def app(apps: Mapping[str, Path]) -> Path:
    """The folder of a new app of whom nothing special was asked."""
    return apps["pywebview"]


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


def packaged(environment: Environment, app: Path) -> Path:
    """Build an app as its user does; its program."""
    run([environment.program("native-runtime"), "build"], cwd=app, timeout=BUILDING)
    return app / "dist" / "photo-sorter" / "photo-sorter"


def worker_of(running_app: RunningApp, program: Path) -> int:
    """The pid of its worker, which is up and runs the lean executable beside the app."""
    found: list[int] = []

    def is_up() -> bool:
        children = running_app.ask("/api/status")["children"]
        found.extend(each["pid"] for each in children if each["kind"] == "worker" and each["state"] == "idle")
        return bool(found)

    wait_for(is_up, "a worker is up")
    assert Path(psutil.Process(found[0]).exe()) == program.with_name("photo-sorter-worker")
    return found[0]


@pytest.mark.parametrize("toolkit", ["pywebview", pytest.param("qt", marks=in_qt), "tk"])
def test_its_code_is_clean(apps: Mapping[str, Path], toolkit: str) -> None:
    app, tools = apps[toolkit], Path(sys.executable).parent
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


@in_tk
def test_the_tests_of_an_app_with_a_tk_window_pass(
    apps: Mapping[str, Path], environment: Environment
) -> None:
    with virtual_screen() as display:
        told = run(
            [environment.program("python"), "-m", "pytest"],
            cwd=apps["tk"],
            timeout=2 * PATIENCE,
            DISPLAY=display,
        )
    assert "6 passed" in told


@in_qt
def test_the_tests_of_an_app_with_a_qt_window_pass(apps: Mapping[str, Path]) -> None:
    # In our own environment: Qt is too much to be installed once more.
    assert "6 passed" in run([sys.executable, "-m", "pytest"], cwd=apps["qt"], timeout=2 * PATIENCE)


@pytest.mark.skipif(NO_SCREEN, reason="needs: apt install xvfb")
@pytest.mark.parametrize("toolkit", [pytest.param("qt", marks=in_qt), pytest.param("tk", marks=in_tk)])
def test_its_window_opens_and_closes_when_the_app_is_asked_to_leave(
    apps: Mapping[str, Path], toolkit: str, tmp_path: Path
) -> None:
    command: list[str | Path] = [sys.executable, "-m", "photo_sorter"]
    with (
        virtual_screen() as display,
        running(command, TITLE, cwd=apps[toolkit], data=tmp_path, DISPLAY=display) as running_app,
    ):
        wait_for(lambda: has_window(running_app), "the window is there")
        with leaving(running_app):
            running_app.process.send_signal(signal.SIGTERM)


def has_window(running_app: RunningApp) -> bool:
    """A second launch would find a window."""
    try:
        running_app.ask("/api/runtime/show", "")
    except urllib.error.HTTPError as error:
        error.close()
        return False
    return True


def test_it_runs_and_its_worker_does_its_job(app: Path, environment: Environment, tmp_path: Path) -> None:
    command: list[str | Path] = [environment.program("python"), "-m", "photo_sorter", "--headless"]
    with running(command, TITLE, cwd=app, data=tmp_path / "data") as running_app:
        measure_something(running_app, tmp_path)
        if sys.platform != "win32":  # which has no signal that asks
            with leaving(running_app):
                running_app.process.send_signal(signal.SIGTERM)


@pytest.mark.skipif(sys.platform == "win32", reason="only tried on Linux so far")
def test_it_is_packaged_and_its_workers_find_whatever_the_jobs_import(
    app: Path, environment: Environment, tmp_path: Path
) -> None:
    folder = shutil.copytree(app, tmp_path / "photo-sorter")
    jobs = folder / "photo_sorter" / "jobs.py"
    future, _, rest = jobs.read_text("utf-8").partition("import annotations\n")
    jobs.write_text(f"{future}import annotations\nimport {', '.join(LIBRARIES)}\n{rest}", "utf-8")
    program = packaged(environment, folder)
    data = tmp_path / "data"
    with running([program, "--headless"], TITLE, cwd=tmp_path, data=data) as running_app:
        measure_something(running_app, tmp_path)
        worker_of(running_app, program)
        config = program.parent / "_internal" / "workers.toml"
        with leaving(running_app):
            run([program, "runtime:stop", "-c", config], cwd=tmp_path, NATIVE_RUNTIME_DATA_DIR=str(data))


@in_tk
def test_packaged_app_has_its_window_and_its_workers_have_nothing_of_it(
    apps: Mapping[str, Path], environment: Environment, tmp_path: Path
) -> None:
    folder = shutil.copytree(apps["tk"], tmp_path / "photo-sorter")
    jobs = folder / "photo_sorter" / "jobs.py"
    text = jobs.read_text("utf-8").replace(
        "import annotations\n",
        "import annotations\n\ntry:\n    import tkinter\nexcept ImportError:\n    tkinter = None\n",
        1,
    )
    jobs.write_text(text, "utf-8")  # as libraries do that can, and need not, show something
    program = packaged(environment, folder)
    with (
        virtual_screen() as display,
        running([program], TITLE, cwd=tmp_path, data=tmp_path / "data", DISPLAY=display) as running_app,
    ):
        wait_for(lambda: has_window(running_app), "the window is there")
        knows_no_toolkit(worker_of(running_app, program))
        with pytest.raises(AssertionError, match="libtk"):
            knows_no_toolkit(running_app.process.pid)
        with leaving(running_app):
            running_app.process.send_signal(signal.SIGTERM)
