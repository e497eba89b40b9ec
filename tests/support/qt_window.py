"""Looks into the page of a Qt window, over a debugging port that only the test opens."""

from __future__ import annotations

import json
import shutil
import sys
import urllib.request
from typing import Any

from native_runtime.desktop.display import has_gtk_engine, has_module
from tests.support.ports import free_port


def missing_for_qt_window() -> str:
    """Why no Qt window can be driven here; empty if one can."""
    if sys.platform != "linux":
        return "the virtual screen is an X server"
    if not shutil.which("Xvfb") or not shutil.which("import"):
        return "needs: apt install xvfb imagemagick"
    if has_gtk_engine() or not (has_module("qtpy") and has_module("PySide6.QtWebEngineWidgets")):
        return "drives Qt: pip install native-runtime[qt]"
    return ""


class WindowScript:
    """Runs scripts in the page of Qt's window."""

    def __init__(self) -> None:
        self.port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        """What the app is started with."""
        return {"QTWEBENGINE_REMOTE_DEBUGGING": f"127.0.0.1:{self.port}"}

    def __call__(self, expression: str) -> Any:
        """The value of a JavaScript expression; None while there is no page to ask."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/json", timeout=30) as answer:
                pages = [each for each in json.load(answer) if each["type"] == "page"]
            with connect(pages[0]["webSocketDebuggerUrl"], max_size=None) as devtools:
                parameters = {"expression": expression, "returnByValue": True}
                devtools.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": parameters}))
                # While the page is being exchanged there is an error instead of a result.
                reply = json.loads(devtools.recv()).get("result", {})
        except (OSError, ValueError, LookupError, WebSocketException):  # it may be exchanged at any moment
            return None
        return reply.get("result", {}).get("value")
