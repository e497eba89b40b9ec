"""The window: asks for a folder to be measured, and shows how far that is."""

from __future__ import annotations

import threading
import tkinter as tk
from pathlib import Path
from tkinter import ttk

from native_runtime import JobHandle, NativeRuntimeError, Runtime
from native_runtime.desktop.tk import deliver
from native_runtime.queue.events import JobOver, JobProgress

from new_app.jobs import Size, measure

LOOK_EVERY = 100  # milliseconds
WINDOWS: list[Window] = []  # kept for good: the last reference to Tk must not go on another thread


class Window:
    """Belongs to the main thread. Its handlers are called there too, by Tk's own loop."""

    def __init__(self, runtime: Runtime, title: str) -> None:
        """Build it; `runtime` is started."""
        WINDOWS.append(self)
        self.root = tk.Tk()
        self.root.title(title)
        self.folder = ttk.Entry(self.root, width=60)
        self.folder.insert(0, str(Path.home()))
        self.button = ttk.Button(self.root, text="Measure", command=self.measure)
        self.bar = ttk.Progressbar(self.root, maximum=1.0)
        self.status = ttk.Label(self.root)
        for each in (self.folder, self.button, self.bar, self.status):
            each.pack(fill="x", padx=12, pady=6)
        self._job: JobHandle[Size] | None = None
        loop = deliver(self.root)
        runtime.on(JobProgress, self._on_progress, deliver=loop)
        runtime.on(JobOver, self._on_end, deliver=loop)
        self.forget = runtime.window.on_show(lambda: loop(self._come_to_front))

    def measure(self) -> None:
        """Start to measure the folder; how it gets on is told by events."""
        self.button.state(["disabled"])
        self.status["text"] = "Measuring …"
        self._job = measure.dispatch(Path(self.folder.get()).expanduser())

    def _on_progress(self, event: JobProgress) -> None:
        if self._job is not None and event.job_id == self._job.id:
            self.bar["value"] = event.progress

    def _on_end(self, event: JobOver) -> None:
        if self._job is not None and event.job_id == self._job.id:
            self.button.state(["!disabled"])
            self.bar["value"] = 0
            self.status["text"] = sentence(self._job)

    def _come_to_front(self) -> None:
        self.root.deiconify()
        self.root.lift()


def sentence(job: JobHandle[Size]) -> str:
    """Say what came of a job that is over."""
    try:
        size = job.result()
    except NativeRuntimeError as error:
        return str(error)
    return f"{size.files} files, {size.bytes} bytes"


def open_window(runtime: Runtime, title: str, leaving: threading.Event) -> None:
    """Show the window until it is closed, or `leaving` is set."""
    window = Window(runtime, title)

    def look() -> None:
        if leaving.is_set():
            window.root.destroy()
        else:
            window.root.after(LOOK_EVERY, look)

    window.root.after(LOOK_EVERY, look)
    window.root.mainloop()
    window.forget()
