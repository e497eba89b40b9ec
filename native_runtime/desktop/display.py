"""Whether a window can be opened here, and if not, the one thing that is missing and how to get it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import socket
import sys
from typing import TYPE_CHECKING, Final

from native_runtime.errors import NativeRuntimeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_QT_ENGINES: Final = ("PySide6.QtWebEngineWidgets", "PyQt6.QtWebEngineWidgets")
_GTK_ENGINES: Final = ("4.1", "4.0")  # versions of WebKit2 that pywebview takes
_X_SOCKETS: Final = "/tmp/.X11-unix/X"  # noqa: S108 - where every X server listens
_CONNECT_TIMEOUT: Final = 2.0  # seconds


class NoWindowError(NativeRuntimeError, RuntimeError):
    """No window can be opened here."""

    def __init__(self, missing: str, fix: str) -> None:
        self.missing = missing
        self.fix = fix
        super().__init__(f"no window: {missing}; {fix}")


def missing_for_window() -> NoWindowError | None:
    """What this process lacks for a window; None if nothing."""
    return judge(
        platform=sys.platform,
        environ=os.environ,
        has_module=has_module,
        has_gtk=has_gtk_engine,
        answers=display_answers,
    )


def judge(
    *,
    platform: str,
    environ: Mapping[str, str],
    has_module: Callable[[str], bool],
    has_gtk: Callable[[], bool],
    answers: Callable[[str], bool],
) -> NoWindowError | None:
    """Decide from facts, cheapest first; toolkits that find no display end the whole program.

    Args:
        platform: As `sys.platform`.
        environ: The environment.
        has_module: Tells whether a module can be imported.
        has_gtk: Tells whether GTK with its web engine is there.
        answers: Tells whether an X server answers at a DISPLAY.
    """
    if not has_module("webview"):
        return NoWindowError("pywebview is not installed", "`pip install native-runtime[desktop]`")
    missing = judge_display(platform=platform, environ=environ, answers=answers)
    if missing is not None or platform != "linux":
        return missing
    if not has_gtk() and not (has_module("qtpy") and any(has_module(each) for each in _QT_ENGINES)):
        return NoWindowError(
            "there is no web engine, neither GTK's nor Qt's",
            "`sudo apt install python3-gi gir1.2-webkit2-4.1` for the system's Python, "
            "or `pip install native-runtime[qt]`",
        )
    return None


def missing_display() -> NoWindowError | None:
    """What this process lacks for a window of any toolkit; None if nothing."""
    return judge_display(platform=sys.platform, environ=os.environ, answers=display_answers)


def judge_display(
    *, platform: str, environ: Mapping[str, str], answers: Callable[[str], bool]
) -> NoWindowError | None:
    """Decide whether there is a display, from the same facts as `judge`."""
    if platform != "linux":
        return None
    display, wayland = environ.get("DISPLAY", ""), environ.get("WAYLAND_DISPLAY", "")
    if not (display or wayland or environ.get("QT_QPA_PLATFORM", "") not in ("", "xcb", "wayland")):
        return NoWindowError(
            "neither DISPLAY nor WAYLAND_DISPLAY is set", "log in to a desktop, or use --headless"
        )
    if display and not wayland and not answers(display):
        return NoWindowError(
            f"no X server answers at DISPLAY={display}", "correct DISPLAY, or use --headless"
        )
    return None


def toolkit() -> str | None:
    """Which of pywebview's toolkits to ask for; None lets it choose.

    On Linux it would try GTK first and print a traceback where that is not there.
    """
    if sys.platform != "linux" or "PYWEBVIEW_GUI" in os.environ:
        return None
    return "gtk" if has_gtk_engine() else "qt"


def has_module(name: str) -> bool:
    """True if a module is there; its parents are imported, it is not."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is not there
        return False


def has_gtk_engine() -> bool:
    """True if GTK's bindings and a WebKit2 they can use are there."""
    if not has_module("gi"):
        return False
    gi = importlib.import_module("gi")  # the system's own, never in a virtual environment of ours
    for version in _GTK_ENGINES:
        try:
            gi.require_version("WebKit2", version)
        except ValueError:
            continue
        return True
    return False


def display_answers(display: str) -> bool:
    """True if an X server of this machine listens at `display`; displays of other machines are taken on trust."""
    host, _, number = display.rpartition(":")
    if host not in ("", "unix"):
        return True
    name = _X_SOCKETS + number.partition(".")[0]
    return any(_accepts(address) for address in (name, "\0" + name))  # on disk, and Linux's abstract one


def _accepts(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as knock:
        knock.settimeout(_CONNECT_TIMEOUT)
        try:
            knock.connect(address)
        except OSError:
            return False
        return True
