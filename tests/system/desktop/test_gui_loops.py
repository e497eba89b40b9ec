"""Handlers and pages in real windows hear of floods, stay usable, and end with their window."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from native_runtime.desktop import qt
from native_runtime.desktop.display import has_gtk_engine, has_module
from tests.support.desk_program import virtual_screen

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 300.0

HAS_QT = has_module("PySide6.QtWidgets")
HAS_WEB_ENGINE = has_gtk_engine() or (has_module("qtpy") and has_module("PySide6.QtWebEngineWidgets"))

NO_SCREEN = sys.platform != "linux" or not shutil.which("Xvfb")

pytestmark = pytest.mark.browser
in_tk = pytest.mark.skipif(
    NO_SCREEN or not has_module("_tkinter"), reason="needs: apt install xvfb python3-tk"
)
in_qt = pytest.mark.skipif(not HAS_QT, reason="needs: pip install native-runtime[qt]")
in_page = pytest.mark.skipif(
    NO_SCREEN or not has_module("webview") or not HAS_WEB_ENGINE,
    reason="needs Xvfb, pywebview and a web engine",
)


def run(program: str, *words: str, env: dict[str, str]) -> tuple[dict[str, Any], str]:
    """What a program saw, and what it logged."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("DISPLAY")}
    ended = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", f"tests.programs.{program}", *words],
        cwd=ROOT,
        env=kept | env,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found, ended.stderr


def check(found: dict[str, Any], logged: str) -> None:
    assert found.pop("ticks_during_the_flood") > 1  # the loop did something else, too
    assert found == {
        "in_order": True,
        "chatter_in_order": True,
        "on_the_main_thread_only": True,
        "after_the_end": True,
        "threads_left": [],
    }
    assert logged.count("handler main.<locals>.breaks failed on Happened") == 1
    assert logged.count("Traceback") == 1


@in_tk
@pytest.mark.parametrize("toolkit", ["tk", "polling-tk"])
def test_handlers_in_tk_hear_in_order_beside_the_window_and_end_with_it(toolkit: str) -> None:
    with virtual_screen() as display:
        check(*run("listens_in_a_gui", toolkit, env={"DISPLAY": display}))


@in_qt
@pytest.mark.parametrize("toolkit", ["qt", "qt-application"])
def test_handlers_in_qt_hear_in_order_beside_the_window_and_end_with_it(toolkit: str) -> None:
    check(*run("listens_in_a_gui", toolkit, env={"QT_QPA_PLATFORM": "offscreen"}))


@in_page
def test_page_in_a_window_hears_in_order_without_eval_and_its_end_ends_it() -> None:
    with virtual_screen() as display:
        found, _ = run("tells_a_page", env={"DISPLAY": display})
    assert found == {"awkward": True, "in_order": True, "heard": True, "closed_with_the_window": True}


def test_qt_without_an_application_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for binding in qt.BINDINGS:
        monkeypatch.delitem(sys.modules, f"{binding}.QtCore", raising=False)
    with pytest.raises(RuntimeError, match="make the QApplication first"):
        qt.deliver()
    assert not any(f"{binding}.QtCore" in sys.modules for binding in qt.BINDINGS)
