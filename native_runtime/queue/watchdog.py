"""Enforces timeouts in a worker that no app watches: it warns the job, and ends the worker if that does not help."""

from __future__ import annotations

import os
import sys
import threading
from math import inf
from typing import TYPE_CHECKING, Final

from native_runtime.errors import JobTimeoutError, NativeRuntimeError
from native_runtime.queue.background import in_background
from native_runtime.queue.permits import owner_of
from native_runtime.queue.retry import Failure, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.queue.attempt import Attempts
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.interrupter import Interrupter
    from native_runtime.queue.job import Claim

GRACE: Final = 2.0  # seconds between the warning and the end
_TICK: Final = 0.25  # seconds between two looks at a running job
_SLEEP_JUMP: Final = 30.0  # seconds; nobody looked for so long: the machine slept, and the job with it


class Watchdog:
    """Looks at the running job from a thread of its own.

    Args:
        driver: Where a job that does not stop is settled.
        clock: Time.
        attempts: Says what becomes of it.
        interrupter: Warns it.
        leave: Ends this process; its exit code.
    """

    def __init__(
        self,
        *,
        driver: QueueDriver,
        clock: Clock,
        attempts: Attempts,
        interrupter: Interrupter,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._attempts = attempts
        self._interrupter = interrupter
        self._leave = leave
        self._has_work = threading.Event()
        self._never = threading.Event()
        self._watched: tuple[Claim, float] | None = None

    def start(self) -> None:
        """Begin to look; returns at once."""
        in_background(self._run, "watchdog")

    def watch(self, claim: Claim, timeout: float) -> None:
        """The job begins now and may take `timeout` seconds."""
        self._watched = (claim, timeout)
        if not self._has_work.is_set():
            self._has_work.set()

    def release(self) -> None:
        """The job is over."""
        self._watched = None

    def _run(self) -> None:
        while True:
            watched = self._watched
            if watched is None:
                self._has_work.clear()
                if self._watched is None:  # again: one may have come just before
                    self._has_work.wait()
            else:
                self._guard(*watched)

    def _guard(self, claim: Claim, timeout: float) -> None:
        """Return when the job is over; warn it at its timeout, and leave with it after the grace."""
        spent, last = 0.0, self._clock.monotonic()
        end, is_warned = inf, False
        while self._is_at(claim):
            self._never.wait(_TICK)
            now = self._clock.monotonic()
            spent += now - last if now - last < _SLEEP_JUMP else 0.0
            last = now
            if spent >= timeout and not is_warned:
                end = min(end, spent + GRACE)  # however late this look is: the job has not been told before
                is_warned = self._interrupter.interrupt(
                    claim.id, JobTimeoutError
                )  # False before it has begun
            if spent >= end and self._is_at(claim):
                self._end(claim, timeout)
                return

    def _is_at(self, claim: Claim) -> bool:
        watched = self._watched
        return watched is not None and watched[0] is claim

    def _end(self, claim: Claim, timeout: float) -> None:
        error = f"it ran longer than its timeout of {timeout:g} s, and did not stop when told"
        settlement = self._attempts.settlement_of(claim, Failure(kind=FailureKind.TIMEOUT, error=error))
        try:
            self._driver.settle([settlement], now=self._clock.epoch())
            self._driver.release_all([owner_of(claim)])
        except NativeRuntimeError as problem:
            print(f"queue:work: {problem}", file=sys.stderr)  # noqa: T201 - the worker's own output
        print(f"queue:work: job {claim.new.name} ({claim.id}): {error}", file=sys.stderr, flush=True)  # noqa: T201
        self._leave(1)
