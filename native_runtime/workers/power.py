"""Holds queues while the machine runs on its battery."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from native_runtime.errors import NativeRuntimeError
from native_runtime.workers.doorbell import rings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime.clock import Clock
    from native_runtime.queue.driver import QueueDriver

ROUND: Final = 30.0  # seconds between two looks

log = logging.getLogger("native_runtime.workers")


def on_battery() -> bool:
    """True if the machine runs on its battery; one that cannot tell has none."""
    import psutil

    look = getattr(psutil, "sensors_battery", None)  # not on every system
    try:
        battery = look() if look is not None else None
    except (OSError, RuntimeError, ValueError):  # of half a battery driver
        return False
    return battery is not None and battery.power_plugged is False


class Power:
    """Looks at the start and then every half minute, on a thread of its own; without queues it does nothing.

    Only a change is written to the store, so that a queue that was resumed by hand on battery stays open.

    Args:
        queues: Those that wait for the mains.
        driver: The store.
        clock: Time.
        ring: Wakes workers when they may go on: one for each entry.
        is_on_battery: Looks at the machine.
    """

    def __init__(
        self,
        *,
        queues: Sequence[str],
        driver: QueueDriver,
        clock: Clock,
        ring: Callable[[Sequence[str]], None],
        is_on_battery: Callable[[], bool] = on_battery,
    ) -> None:
        self._queues = tuple(queues)
        self._driver = driver
        self._clock = clock
        self._ring = ring
        self._is_on_battery = is_on_battery
        self._was_on_battery: bool | None = None  # not known
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look once, then begin to look. Harmless twice."""
        if self._queues and self._thread is None:
            self._end.clear()
            self.look()
            self._thread = threading.Thread(target=self._run, name="native-runtime power", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, and hold nothing: workers that an app does not start would wait for one. Harmless twice."""
        thread, self._thread = self._thread, None
        self._end.set()
        if thread is not None:
            thread.join()
            self._hold(())
            self._was_on_battery = None

    def look(self) -> None:
        """Look, and hold or free the queues if the power has changed."""
        is_on_battery = self._is_on_battery()
        if is_on_battery is self._was_on_battery or not self._hold(self._queues if is_on_battery else ()):
            return
        was_on_battery, self._was_on_battery = self._was_on_battery, is_on_battery
        if was_on_battery and not is_on_battery:
            self._wake()

    def _wake(self) -> None:
        try:
            self._ring(rings(self._driver.counts(now=self._clock.epoch()), self._queues))
        except NativeRuntimeError as error:
            log.warning("the machine has its mains again, and the store cannot be read: %s", error)

    def _hold(self, queues: Sequence[str]) -> bool:
        try:
            self._driver.hold(queues)
        except NativeRuntimeError as error:
            log.warning("the power has changed, and the store cannot be told: %s", error)
            return False
        return True

    def _run(self) -> None:
        while not self._end.wait(ROUND):
            self.look()
