"""The window and its handlers, in Tk's own loop; skipped where there is no display."""

import threading
import time
import tkinter as tk
from pathlib import Path

import pytest
from native_runtime import Runtime

from new_app.program import config_file
from new_app.window import Window, open_window

PATIENCE = 60.0  # seconds


@pytest.fixture(autouse=True)
def display() -> None:
    try:
        tk.Tk().destroy()
    except tk.TclError as error:
        pytest.skip(str(error))


def test_a_pressed_button_is_answered(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "photo.raw").write_bytes(bytes(1000))
    with Runtime.from_config(config_file(), data_dir=tmp_path / "data") as runtime:
        window = Window(runtime, "Test")
        window.folder.delete(0, "end")
        window.folder.insert(0, str(folder))
        window.button.invoke()
        until = time.monotonic() + PATIENCE
        while "Measuring" in str(window.status["text"]):
            assert time.monotonic() < until
            window.root.update()
        assert str(window.status["text"]) == "1 files, 1000 bytes"
        window.root.destroy()


def test_the_window_closes_when_the_app_leaves(tmp_path: Path) -> None:
    leaving = threading.Event()
    leaving.set()
    with Runtime.from_config(config_file(), data_dir=tmp_path / "data") as runtime:
        open_window(runtime, "Test", leaving)
        assert not runtime.window.show()
