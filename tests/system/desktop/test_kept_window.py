"""An app that keeps running when its window is closed, and shows it again at a second launch."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from native_runtime.cli.running_app import find
from native_runtime.desktop.single_instance import show
from native_runtime.workers.folders import Folders
from tests.support.desk_program import PATIENCE, virtual_screen, wait_for
from tests.support.programs import PROGRAMS
from tests.support.qt_window import WindowScript, missing_for_qt_window

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = missing_for_qt_window()
COMMAND = (sys.executable, str(PROGRAMS / "stays_when_closed.py"))
VISIBLE = "document.visibilityState"

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(MISSING), reason=MISSING)]


@contextmanager
def started(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        COMMAND,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as app:
        try:
            yield app
        finally:
            app.kill()


def test_closed_window_is_hidden_until_a_second_launch_wants_it(tmp_path: Path) -> None:
    script = WindowScript()
    folders = Folders(tmp_path)
    with virtual_screen() as display:
        environment = {**os.environ, "DISPLAY": display, "NATIVE_RUNTIME_DATA_DIR": str(tmp_path)}
        with started(environment | script.environment) as app:
            wait_for(lambda: script(VISIBLE) == "visible", "the window is there")
            assert app.stdin is not None
            for _ in range(2):
                app.stdin.write("close\n")
                app.stdin.flush()
                wait_for(lambda: script(VISIBLE) == "hidden", "the closed window is hidden")
                assert app.poll() is None

                second = subprocess.run(
                    COMMAND, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
                )
                assert (second.returncode, second.stdout) == (0, "")
                assert f"running already (pid {app.pid})" in second.stderr
                wait_for(lambda: script(VISIBLE) == "visible", "the window is there again")

            app.stdin.write("close\n")
            app.stdin.flush()
            wait_for(lambda: script(VISIBLE) == "hidden", "the closed window is hidden")
            app.terminate()
            assert app.wait(PATIENCE) == 0
    assert show(folders.endpoint) is None


def test_of_copies_that_are_launched_at_once_one_stays_and_the_others_show_it(tmp_path: Path) -> None:
    with virtual_screen() as display, ExitStack() as launched:
        environment = {**os.environ, "DISPLAY": display, "NATIVE_RUNTIME_DATA_DIR": str(tmp_path)}
        apps = [launched.enter_context(started(environment)) for _ in range(3)]
        wait_for(lambda: sum(app.poll() is not None for app in apps) == len(apps) - 1, "the others have left")
        (first,) = (app for app in apps if app.poll() is None)
        others = [app for app in apps if app is not first]
        assert [app.returncode for app in others] == [0, 0]
        assert all(f"running already (pid {first.pid})" in said(app) for app in others)
        assert show(Folders(tmp_path).endpoint) is True
        first.terminate()
        assert first.wait(PATIENCE) == 0


def test_app_that_is_launched_while_another_copy_leaves_takes_its_place(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    with virtual_screen() as display:
        environment = {**os.environ, "DISPLAY": display, "NATIVE_RUNTIME_DATA_DIR": str(tmp_path)}
        with started(environment) as first:
            wait_for(lambda: show(folders.endpoint), "the first window is there")
            assert runs(folders) == first.pid
            first.terminate()
            wait_for(lambda: not show(folders.endpoint), "the first has no window any more")
            with started(environment) as second:
                assert first.wait(PATIENCE) == 0
                wait_for(lambda: runs(folders) == second.pid and show(folders.endpoint), "the second window")
                assert second.poll() is None
                second.terminate()
                assert second.wait(PATIENCE) == 0


def runs(folders: Folders) -> int | None:
    """The pid of the app that answers."""
    app = find(folders.endpoint)
    return None if app is None else app.pid


def said(app: subprocess.Popen[str]) -> str:
    """What a copy that has ended said on stderr."""
    assert app.stderr is not None
    return app.stderr.read()
