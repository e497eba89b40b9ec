"""The threads a worker has beside the one that runs jobs."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def in_background(function: Callable[[], object], name: str) -> None:
    """Call `function` in a thread that ends with the process, and that leaves signals to the main thread.

    A signal sent to the process goes to any thread that takes it; only in the main one does it end a wait.
    """

    def run() -> None:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        function()

    threading.Thread(target=run, name=f"native-runtime {name}", daemon=True).start()
