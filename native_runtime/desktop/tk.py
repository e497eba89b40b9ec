"""Tk as a place to hear of events: `runtime.on(…, deliver=tk.deliver(root))`."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from tkinter import Event, Misc

    from native_runtime.events.delivery import Deliver

POLL: Final = 20  # milliseconds between two looks where Tk cannot wait for a socket, on Windows
_READABLE: Final = 2  # tkinter.READABLE


def deliver(root: Misc) -> Deliver:
    """The way into Tk's loop, until `root` is destroyed.

    Must be called on Tk's thread. No other thread ever calls Tk: such a call waits for the loop, and hangs or ends the
    program where that is over.

    Args:
        root: The app's root, or a window that is to hear no more once it is destroyed.
    """
    way = _WayIn()
    if hasattr(root.tk, "createfilehandler"):
        way.open_for(root)
    else:
        way.poll(root)
    return way


class _WayIn:
    """Takes functions from any thread; everything else happens on Tk's.

    It does not keep `root`: the last reference to Tk must not go on another thread.
    """

    def __init__(self) -> None:
        self._functions: deque[Callable[[], None]] = deque()
        self._bell, self._listening = socket.socketpair()
        self._bell.setblocking(False)  # noqa: FBT003 - the library's own signature
        self._listening.setblocking(False)  # noqa: FBT003
        self._is_open = True

    def __call__(self, function: Callable[[], None], /) -> None:
        if not self._is_open:
            raise RuntimeError("the Tk window is destroyed")
        self._functions.append(function)
        with suppress(BlockingIOError):  # it is full of rings that were not heard yet
            self._bell.send(b"\0")  # OSError where it was closed just now, which is as good as RuntimeError

    def open_for(self, root: Any) -> None:
        """Have Tk look whenever the bell rings."""
        root.tk.createfilehandler(self._listening, _READABLE, lambda *_ready: self._look())

        def end() -> None:
            root.tk.deletefilehandler(self._listening)
            self._close()

        _when_destroyed(root, end)

    def poll(self, root: Any) -> None:
        """Have Tk look every now and then."""

        def look() -> None:
            self._look()
            if self._is_open:
                root.after(POLL, look)

        _when_destroyed(root, self._close)
        look()

    def _look(self) -> None:
        with suppress(OSError):  # nobody rang, or the window is gone
            self._listening.recv(4096)
        while self._functions and self._is_open:
            self._functions.popleft()()

    def _close(self) -> None:
        self._is_open = False
        self._functions.clear()
        self._bell.close()
        self._listening.close()


def _when_destroyed(root: Any, end: Callable[[], None]) -> None:
    def destroyed(event: Event[Any]) -> None:
        if event.widget is root:  # what stands in a window is destroyed with it, and told here, too
            end()

    root.bind("<Destroy>", destroyed, add="+")
