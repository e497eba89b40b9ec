"""The desk in a real window on a virtual screen."""

from __future__ import annotations

import json
import shutil
import socket
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from websockets.sync.client import connect

from app.sample_photos import Samples
from native_runtime.desktop.display import has_gtk_engine, has_module
from tests.support.desk_program import DeskProgram, screenshot, virtual_screen, wait_for

HAS_QT = has_module("qtpy") and has_module("PySide6.QtWebEngineWidgets")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual screen is an X server"),
    pytest.mark.skipif(
        not shutil.which("Xvfb") or not shutil.which("import"), reason="needs: apt install xvfb imagemagick"
    ),
    pytest.mark.skipif(not HAS_QT or has_gtk_engine(), reason="drives Qt: pip install native-runtime[qt]"),
]


class WindowScript:
    """Runs scripts in the page of Qt's window, over the debugging port that only this test opens."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __call__(self, expression: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/json", timeout=30) as answer:
            (target,) = (each for each in json.load(answer) if each["type"] == "page")
        with connect(target["webSocketDebuggerUrl"], max_size=None) as devtools:
            parameters = {"expression": expression, "returnByValue": True}
            devtools.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": parameters}))
            # While the page is being exchanged there is an error instead of a result.
            reply = json.loads(devtools.recv()).get("result", {})
            return reply.get("result", {}).get("value")


def is_up(script: WindowScript) -> bool:
    try:
        return bool(script("document.title") == "Photo Desk")
    except (OSError, ValueError):
        return False


def test_window_shows_grid_and_panel_and_closes_when_asked_to_leave(tmp_path: Path, samples: Samples) -> None:
    script = WindowScript()
    folder = str(samples.good[0].parent)
    with virtual_screen() as display:
        env = {"DISPLAY": display, "QTWEBENGINE_REMOTE_DEBUGGING": f"127.0.0.1:{script.port}"}
        with DeskProgram(tmp_path / "data", "--import", folder, env=env) as desk:
            wait_for(lambda: is_up(script), "the window shows the page")
            wait_for(
                lambda: script("document.querySelectorAll('#grid .tile').length") == len(samples.good),
                "the grid",
            )
            assert desk.ask("/desk/progress")["can_choose"] is True

            script("document.getElementById('toggle-panel').click()")
            wait_for(
                lambda: (
                    "images:1"
                    in script("document.querySelector('iframe').contentDocument?.body?.innerText ?? ''")
                ),
                "the panel shows the workers",
            )
            wait_for(
                lambda: script(
                    "[...document.querySelectorAll('#grid img')].every(image => image.naturalWidth)"
                ),
                "the thumbnails are painted",
            )
            picture = screenshot(display, tmp_path / "window.png")
            with Image.open(picture) as image:
                colours = image.convert("RGB").getcolors(maxcolors=2**24)
            assert colours is not None
            assert len(colours) > 2000  # photos, not an empty window

            assert desk.leave() == 0
            assert "Traceback" not in desk.errors.read_text()
