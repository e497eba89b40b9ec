"""Leaving cleanly: Ctrl-C, SIGTERM, a closed window or `runtime:stop` all lead to one event."""

from __future__ import annotations

import queue
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_TURN: Final = 0.5  # seconds


class Stoppable(Protocol):
    """A runtime, as far as leaving is concerned."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until somebody asks the app to stop."""
        ...


@contextmanager
def leaving_on_signals() -> Iterator[threading.Event]:
    """Inside the block SIGINT and SIGTERM (on Windows Ctrl-C and Ctrl-Break) set the event that is given.

    The handlers only hand over to a thread: the main thread may hold any lock at that moment, that of the
    event itself included. Must be entered on the main thread.
    """
    leaving = threading.Event()
    # Of all queues this one may be written to from a signal handler: its `put` is reentrant.
    arrived: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def hand_over(number: int, _frame: FrameType | None) -> None:
        arrived.put(number)

    def watch() -> None:
        while arrived.get() is not None:
            leaving.set()

    watcher = threading.Thread(target=watch, name="native-runtime signals", daemon=True)
    watcher.start()
    before = {number: signal.signal(number, hand_over) for number in _leaving_signals()}
    try:
        yield leaving
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        arrived.put(None)
        watcher.join()


def leave_when_stopped(runtime: Stoppable, leaving: threading.Event) -> None:
    """Set `leaving` as soon as somebody asks the runtime to stop (`runtime:stop`, the panel). Returns at once."""

    def watch() -> None:
        runtime.wait()
        leaving.set()

    threading.Thread(target=watch, name="native-runtime stop request", daemon=True).start()


def wait_on_main_thread(leaving: threading.Event) -> None:
    """Wait, and let signal handlers run meanwhile.

    In turns: a signal that comes in the very moment in which a wait without an end begins would wait as long as that,
    and on Windows every signal would.
    """
    while not leaving.wait(_TURN):
        pass


def _leaving_signals() -> tuple[signal.Signals, ...]:
    if sys.platform == "win32":
        return (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
    return (signal.SIGINT, signal.SIGTERM)
