"""An app that keeps running when its window is closed, and shows it again at a second launch."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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
        COMMAND, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, encoding="utf-8"
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
