"""Where no window can be opened, one sentence names what is missing and how to get it."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import quote

import pytest

from native_runtime.desktop import display
from native_runtime.desktop.display import NoWindowError, display_answers, judge
from native_runtime.desktop.window import Window
from native_runtime.processes.reentry import is_runtime_command

EVERYTHING = frozenset({"webview", "qtpy", "PySide6.QtWebEngineWidgets"})


def verdict(
    *,
    platform: str = "linux",
    environ: dict[str, str] | None = None,
    modules: frozenset[str] = EVERYTHING,
    gtk: bool = False,
    answers: bool = True,
) -> NoWindowError | None:
    return judge(
        platform=platform,
        environ={"DISPLAY": ":0"} if environ is None else environ,
        has_module=modules.__contains__,
        has_gtk=lambda: gtk,
        answers=lambda _display: answers,
    )


def test_nothing_is_missing_where_everything_is_there() -> None:
    assert verdict() is None
    assert verdict(modules=frozenset({"webview"}), gtk=True) is None
    assert verdict(environ={"WAYLAND_DISPLAY": "wayland-0"}) is None
    assert verdict(environ={"QT_QPA_PLATFORM": "offscreen"}) is None


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_systems_with_an_engine_of_their_own_need_pywebview_only(platform: str) -> None:
    assert verdict(platform=platform, environ={}, modules=frozenset({"webview"})) is None
    assert verdict(platform=platform, modules=frozenset()) is not None


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (verdict(modules=EVERYTHING - {"webview"}), "pip install native-runtime[desktop]"),
        (verdict(environ={}), "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        (verdict(answers=False), "no X server answers at DISPLAY=:0"),
        (verdict(modules=frozenset({"webview", "qtpy"})), "apt install python3-gi gir1.2-webkit2-4.1"),
        (verdict(modules=EVERYTHING - {"qtpy"}), "pip install native-runtime[qt]"),
    ],
)
def test_what_is_missing_is_named_in_one_line(found: NoWindowError | None, text: str) -> None:
    assert found is not None
    assert text in str(found)
    assert "\n" not in str(found)


def test_display_is_asked_whether_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_X_SOCKETS", str(tmp_path / "X"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X7"))
        server.listen()

        assert display_answers(":7.0")
        assert not display_answers(":8")
        assert display_answers("elsewhere:8")


@pytest.mark.parametrize(
    ("word", "is_command"),
    [("queue:work", True), ("runtime:status", True), ("runtime:command", True), ("--headless", False), ("C:photos", False),
     ("file:///home", False), ("photos", False), ("queue:", False), (":work", False)],
)  # fmt: skip
def test_only_runtime_commands_re_enter(word: str, is_command: bool) -> None:  # noqa: FBT001
    assert is_runtime_command(word) is is_command


def test_dropped_folder_is_found_by_its_name_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    webview_dom = pytest.importorskip("webview.dom")
    folder = tmp_path / "Ferien am Meer"
    paths = [("other", "/other"), (quote(folder.name), quote(str(folder)))]
    monkeypatch.setitem(webview_dom._dnd_state, "paths", paths)
    window = Window(native=None)

    assert window.dropped([folder.name, "never dropped"]) == [folder]
    assert window.dropped([folder.name]) == []
    assert paths == [("other", "/other")]
