"""Runs stored jobs in this process, one after the other, as a worker does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.queue.attempt import Attempts
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.interrupter import Interrupter
from native_runtime.queue.queue import Queue
from native_runtime.queue.retry import Defaults
from native_runtime.testing import FakeClock

if TYPE_CHECKING:
    from native_runtime.queue.job import Claim, NewJob


class JobRunner:
    """A queue in memory, and somebody who works it off when asked."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.driver = MemoryDriver()
        self.rung: list[tuple[str, NewJob]] = []
        self.queue = Queue(driver=self.driver, clock=self.clock, rang=self.rung.extend)
        self._attempts = Attempts(
            driver=self.driver,
            clock=self.clock,
            interrupter=Interrupter(),
            defaults=Defaults(tries=1),
            tell_progress=lambda _claim, _fraction, _note: None,
        )

    def run(self, most: int = 1_000) -> list[str]:
        """Run what is ready, and what becomes so. Returns the ids in the order in which they ran."""
        ran: list[str] = []
        while len(ran) < most and (claims := self._claim()):
            (claim,) = claims
            report = self._attempts.run(claim)
            self.driver.settle([report.settlement], now=self.clock.epoch())
            self.queue.tell_of_steps()
            ran.append(claim.id)
        return ran

    def _claim(self) -> list[Claim]:
        return self.driver.claim(["default", "images"], worker="w", limit=1, now=self.clock.epoch())
