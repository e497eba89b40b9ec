"""The window and its handlers, in Qt's own loop, without a display."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from native_runtime import Runtime
from PySide6.QtWidgets import QApplication

from new_app.program import config_file
from new_app.window import Window, open_window

PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module", autouse=True)
def application() -> Iterator[QApplication]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QT_QPA_PLATFORM", "offscreen")
        yield QApplication([])


def test_a_pressed_button_is_answered(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "photo.raw").write_bytes(bytes(1000))
    with Runtime.from_config(config_file(), data_dir=tmp_path / "data") as runtime:
        window = Window(runtime, "Test")
        window.folder.setText(str(folder))
        window.button.click()
        until = time.monotonic() + PATIENCE
        while "Measuring" in window.status.text():
            assert time.monotonic() < until
            QApplication.processEvents()
        assert window.status.text() == "1 files, 1000 bytes"


def test_the_window_closes_when_the_app_leaves(tmp_path: Path) -> None:
    leaving = threading.Event()
    leaving.set()
    with Runtime.from_config(config_file(), data_dir=tmp_path / "data") as runtime:
        open_window(runtime, "Test", leaving)
        assert not runtime.window.show()
