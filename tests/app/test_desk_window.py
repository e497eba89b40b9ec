"""The desk in a real window on a virtual screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from app.sample_photos import Samples
from tests.support.desk_program import PATIENCE, ROOT, DeskProgram, screenshot, virtual_screen, wait_for
from tests.support.qt_window import WindowScript, missing_for_qt_window

MISSING = missing_for_qt_window()

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(MISSING), reason=MISSING)]


def test_window_shows_grid_and_panel_and_closes_when_asked_to_leave(tmp_path: Path, samples: Samples) -> None:
    script = WindowScript()
    folder = str(samples.good[0].parent)
    with virtual_screen() as display:
        env = {"DISPLAY": display, **script.environment}
        with DeskProgram(tmp_path / "data", "--import", folder, env=env) as desk:
            wait_for(lambda: script("document.title") == "Photo Desk", "the window shows the page")
            wait_for(
                lambda: script("document.querySelectorAll('#grid .tile').length") == len(samples.good),
                "the grid",
            )
            assert desk.ask("/desk/progress")["can_choose"] is True

            script("document.getElementById('toggle-panel').click()")
            wait_for(
                lambda: (
                    "images:1"
                    in (script("document.querySelector('iframe').contentDocument?.body?.innerText") or "")
                ),
                "the panel shows the workers",
            )
            wait_for(
                lambda: script(
                    "[...document.querySelectorAll('#grid img')].every(image => image.naturalWidth)"
                ),
                "the thumbnails are painted",
            )
            # What is loaded is on the screen some frames later.
            wait_for(
                lambda: colours(screenshot(display, tmp_path / "window.png")) > 2000,
                "the screen shows photos, not an empty window",
            )

            assert desk.leave() == 0
            assert "Traceback" not in desk.errors.read_text()


def colours(picture: Path) -> int:
    with Image.open(picture) as image:
        found = image.convert("RGB").getcolors(maxcolors=2**24)
    assert found is not None
    return len(found)


def test_second_launch_shows_the_first_window_hands_its_folders_over_and_leaves(
    tmp_path: Path, samples: Samples
) -> None:
    script = WindowScript()
    with virtual_screen() as display:
        env = {"DISPLAY": display, **script.environment}
        with DeskProgram(tmp_path / "data", env=env) as desk:
            second = subprocess.run(
                [sys.executable, "-m", "app", "--import", str(samples.good[0].parent)],
                cwd=ROOT,
                env=os.environ | {"DISPLAY": display, "NATIVE_RUNTIME_DATA_DIR": str(desk.data)},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )

            assert (second.returncode, second.stdout) == (0, "")
            told = (
                f"Photo Desk: running already (pid {desk.process.pid}), its window was brought to the front\n"
            )
            assert second.stderr == told
            wait_for(
                lambda: script("document.querySelectorAll('#grid .tile').length") == len(samples.good),
                "the first window shows the photos of the second launch",
            )
            assert desk.leave() == 0
