"""Keeps the store small: results of jobs that went well are kept for a day, then forgotten."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from native_runtime.errors import NativeRuntimeError

if TYPE_CHECKING:
    from native_runtime.clock import Clock
    from native_runtime.queue.driver import QueueDriver

RETENTION: Final = (
    24 * 3600.0
)  # seconds a successful or cancelled job is kept; failed ones stay until forgotten
ROUND: Final = 3600.0  # seconds between two looks

log = logging.getLogger("native_runtime.workers")


class Janitor:
    """Looks once at the start and then every hour, on a thread of its own."""

    def __init__(self, *, driver: QueueDriver, clock: Clock) -> None:
        self._driver = driver
        self._clock = clock
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; returns at once. Harmless twice."""
        if self._thread is None:
            self._end.clear()
            self._thread = threading.Thread(target=self._run, name="native-runtime janitor", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End. Harmless twice, or before `start`."""
        thread, self._thread = self._thread, None
        self._end.set()
        if thread is not None:
            thread.join()

    def tidy(self) -> int:
        """Forget what is old; returns how many jobs that were."""
        return self._driver.prune(finished_before=self._clock.epoch() - RETENTION)

    def _run(self) -> None:
        while True:
            try:
                self.tidy()
            except NativeRuntimeError:
                log.exception("old jobs could not be forgotten")
            if self._end.wait(ROUND):
                return
