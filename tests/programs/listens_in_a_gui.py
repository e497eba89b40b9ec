"""A window in Tk or Qt whose handlers hear of a flood, and which is destroyed in the middle: prints what it saw as JSON."""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from native_runtime.clock import SystemClock
from native_runtime.events import Event, EventBus

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.events.delivery import Deliver

DEADLINE = 60.0
FLOOD = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chattered(Event):
    droppable: ClassVar[bool] = True


class Tk:
    def __init__(self) -> None:
        import tkinter as tk

        from native_runtime.desktop.tk import deliver

        self.root = tk.Tk()
        self.label = tk.Label(self.root)
        self.label.pack()
        self.deliver: Deliver = deliver(self.root)
        tk.Button(self.root).destroy()  # that something in the window goes means nothing

    def show(self, text: str) -> None:
        self.label["text"] = text

    def every(self, milliseconds: int, function: Callable[[], None]) -> None:
        def tick() -> None:
            function()
            self.root.after(milliseconds, tick)

        self.root.after(milliseconds, tick)

    def run(self) -> None:
        self.root.mainloop()

    def destroy(self) -> None:
        self.root.destroy()


class PollingTk(Tk):
    """As on Windows."""

    def __init__(self) -> None:
        super().__init__()
        from native_runtime.desktop.tk import _WayIn

        way = _WayIn()
        way.poll(self.root)
        self.deliver = way


class Qt:
    def __init__(self) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication, QLabel

        from native_runtime.desktop import qt

        self.app = QApplication([])
        self.label: QLabel | None = QLabel("…")
        self.timer = QTimer()
        self.deliver: Deliver = self.way(qt)
        self.label.show()

    def way(self, qt: Any) -> Deliver:
        deliver: Deliver = qt.deliver(self.label)
        return deliver

    def show(self, text: str) -> None:
        assert self.label is not None
        self.label.setText(text)

    def every(self, milliseconds: int, function: Callable[[], None]) -> None:
        self.timer.timeout.connect(function)
        self.timer.start(milliseconds)

    def run(self) -> None:
        self.app.exec()

    def destroy(self) -> None:
        assert self.label is not None
        self.label.deleteLater()
        self.label = None
        self.app.quit()


class QtApplication(Qt):
    """No window in particular; and asked for on another thread."""

    def way(self, qt: Any) -> Deliver:
        found: list[Deliver] = []
        asking = threading.Thread(target=lambda: found.append(qt.deliver()))
        asking.start()
        asking.join()
        return found[0]


class Gui(Protocol):
    deliver: Deliver

    def show(self, text: str) -> None: ...
    def every(self, milliseconds: int, function: Callable[[], None]) -> None: ...
    def run(self) -> None: ...
    def destroy(self) -> None: ...


GUIS: dict[str, Callable[[], Gui]] = {
    "tk": Tk,
    "polling-tk": PollingTk,
    "qt": Qt,
    "qt-application": QtApplication,
}


def main(toolkit: str) -> None:
    bus, gui, found = EventBus(clock=SystemClock()), GUIS[toolkit](), dict[str, Any]()
    numbers: list[int] = []
    chatter: list[int] = []
    threads = set()
    ticks: list[int] = []
    unsubscribed = threading.Event()

    def on_happened(event: Happened) -> None:
        threads.add(threading.current_thread() is threading.main_thread())
        numbers.append(event.number)
        gui.show(str(event.number))
        if event.number == FLOOD:
            gui.destroy()
            bus.publish(Happened(number=FLOOD + 1))

    def breaks(_event: Happened) -> None:
        raise ValueError("a broken handler")

    bus.on(Happened, breaks, deliver=gui.deliver, number=1)
    bus.on(Happened, on_happened, deliver=gui.deliver)
    bus.on(Chattered, lambda event: chatter.append(event.seq), deliver=gui.deliver)
    bus.on_listeners = lambda: unsubscribed.set() if not bus.listens_to(Happened) else None
    gui.every(2, lambda: ticks.append(len(numbers)))

    def flood() -> None:
        for number in range(1, FLOOD + 1):
            bus.publish(Happened(number=number))
            bus.publish(Chattered())

    threading.Thread(target=flood).start()
    gui.run()
    found["after_the_end"] = unsubscribed.wait(DEADLINE)
    bus.close()
    found["in_order"] = numbers == list(range(1, FLOOD + 1))
    found["chatter_in_order"] = chatter == sorted(set(chatter))
    found["on_the_main_thread_only"] = threads == {True}
    found["ticks_during_the_flood"] = sum(0 < heard < FLOOD for heard in ticks)
    deadline = time.monotonic() + DEADLINE
    while any("delivery" in each.name for each in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.01)
    found["threads_left"] = [each.name for each in threading.enumerate() if "native" in each.name]
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
