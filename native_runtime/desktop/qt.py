"""Qt as a place to hear of events: `runtime.on(…, deliver=qt.deliver())`, with whichever binding the app uses."""

from __future__ import annotations

import sys
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.events.delivery import Deliver

BINDINGS: Final = ("PySide6", "PyQt6", "PySide2", "PyQt5")
_LOW: Final = -1  # Qt.LowEventPriority: behind what the person does

# Kept for good: Qt must be able to hand one an event whenever it likes, and destroys objects on their own thread only.
_RECEIVERS: Final[list[Any]] = []


def deliver(window: Any = None) -> Deliver:
    """The way into Qt's loop, until `window` is destroyed or, without one, the application is about to quit.

    May be called on any thread, once there is a QApplication. Imports no binding; it finds the one of the application.

    Args:
        window: A QObject, such as a widget.

    Raises:
        RuntimeError: There is no Qt application yet.
    """
    core = _core_of_application()
    way = _WayIn(core)
    end = core.QCoreApplication.instance().aboutToQuit if window is None else window.destroyed
    # On the thread on which it ends: another binding would ask the one that stands here, which may be gone by then.
    end.connect(way.close, core.Qt.ConnectionType.DirectConnection)
    return way


class _WayIn:
    """Takes functions from any thread, and has Qt hand them to an object that lives on the GUI's."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self._functions: deque[Callable[[], None]] = deque()
        self._is_open = True
        self._receiver = _receiver(core, self._call)
        _RECEIVERS.append(self._receiver)

    def __call__(self, function: Callable[[], None], /) -> None:
        if not self._is_open:
            raise RuntimeError("the Qt window, or its application, is gone")
        self._functions.append(function)
        ring = self._core.QEvent(self._core.QEvent.Type.User)
        self._core.QCoreApplication.postEvent(self._receiver, ring, _LOW)

    def close(self, _window: object = None) -> None:
        """On the GUI's thread: call nothing any more."""
        self._is_open = False
        self._functions.clear()

    def _call(self) -> None:
        while self._functions:
            self._functions.popleft()()


def _receiver(core: Any, call: Callable[[], None]) -> Any:
    class Receiver(core.QObject):  # type: ignore[misc]  # of a binding that is known only now
        def event(self, event: Any) -> bool:
            if event.type() != core.QEvent.Type.User:
                return bool(super().event(event))
            call()
            return True

    receiver = Receiver()
    receiver.moveToThread(core.QCoreApplication.instance().thread())
    return receiver


def _core_of_application() -> Any:
    for binding in BINDINGS:
        core = sys.modules.get(f"{binding}.QtCore")
        if core is not None and core.QCoreApplication.instance() is not None:
            return core
    raise RuntimeError("there is no Qt application yet: make the QApplication first, then call qt.deliver()")
