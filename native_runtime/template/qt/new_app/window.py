"""The window: asks for a folder to be measured, and shows how far that is."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from native_runtime import JobHandle, NativeRuntimeError, Runtime
from native_runtime.desktop.qt import deliver
from native_runtime.queue.events import JobOver, JobProgress
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from new_app.jobs import Size, measure

LOOK_EVERY = 100  # milliseconds
WINDOWS: list[Window] = []  # kept for good: the last reference to a widget must not go on another thread


class Window(QWidget):
    """Belongs to the main thread. Its handlers are called there too, by Qt's own loop."""

    def __init__(self, runtime: Runtime, title: str) -> None:
        """Build it; `runtime` is started, and there is a QApplication."""
        super().__init__()
        WINDOWS.append(self)
        self.setWindowTitle(title)
        self.folder = QLineEdit(str(Path.home()))
        self.button = QPushButton("Measure")
        self.button.clicked.connect(self.measure)
        self.bar = QProgressBar()
        self.status = QLabel()
        layout = QVBoxLayout(self)
        for each in (self.folder, self.button, self.bar, self.status):
            layout.addWidget(each)
        self._job: JobHandle[Size] | None = None
        loop = deliver()
        runtime.on(JobProgress, self._on_progress, deliver=loop)
        runtime.on(JobOver, self._on_end, deliver=loop)
        self.forget = runtime.window.on_show(lambda: loop(self._come_to_front))

    def measure(self) -> None:
        """Start to measure the folder; how it gets on is told by events."""
        self.button.setEnabled(False)
        self.status.setText("Measuring …")
        self._job = measure.dispatch(Path(self.folder.text()).expanduser())

    def _on_progress(self, event: JobProgress) -> None:
        if self._job is not None and event.job_id == self._job.id:
            self.bar.setValue(round(100 * event.progress))

    def _on_end(self, event: JobOver) -> None:
        if self._job is not None and event.job_id == self._job.id:
            self.button.setEnabled(True)
            self.bar.reset()
            self.status.setText(sentence(self._job))

    def _come_to_front(self) -> None:
        self.showNormal()
        self.raise_()
        self.activateWindow()


def sentence(job: JobHandle[Size]) -> str:
    """Say what came of a job that is over."""
    try:
        size = job.result()
    except NativeRuntimeError as error:
        return str(error)
    return f"{size.files} files, {size.bytes} bytes"


def open_window(runtime: Runtime, title: str, leaving: threading.Event) -> None:
    """Show the window until it is closed, or `leaving` is set."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    window = Window(runtime, title)
    window.show()

    def look() -> None:
        if leaving.is_set():
            application.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_EVERY)
    application.exec()
    window.forget()
