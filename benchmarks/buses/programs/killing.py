"""Kills children one after the other, and notes how long it takes until somebody is told."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE: Final = 60.0  # seconds
NAP: Final = 0.02  # seconds of peace before each kill


class Ear:
    """Hears of exits: `hear` is what the handler calls first."""

    def __init__(self) -> None:
        self._at = 0.0
        self._told = threading.Event()

    def hear(self) -> None:
        """A child has ended."""
        self._at = time.monotonic()
        self._told.set()

    def kill_each(self, start: Callable[[int], int], count: int, *, nap: float = NAP) -> list[float]:
        """Start and kill so many children. Seconds from before each kill to the handler's first instruction.

        Args:
            start: Starts the child of a number, and returns its pid.
            count: Of children.
            nap: Seconds between the start and the kill.

        Raises:
            TimeoutError: Nobody was told of one.
        """
        found = []
        for number in range(count):
            pid = start(number)
            time.sleep(nap)
            self._told.clear()
            asked = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            if not self._told.wait(PATIENCE):
                raise TimeoutError(f"the exit of child {number} was not heard of within {PATIENCE:g} s")
            found.append(self._at - asked)
        return found
