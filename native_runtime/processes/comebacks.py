"""How often a child has come back, and whether it may once more: what its restart policy is asked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.processes.restart import decide, recent_restarts

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.processes.exit_status import ExitReason
    from native_runtime.processes.restart import Decision, RestartPolicy


class Comebacks:
    """Owned by the loop's thread.

    Attributes:
        total: How often it has come back, planned or not.
    """

    def __init__(self, *, clock: Clock, jitter: Callable[[float], float]) -> None:
        self.total = 0
        self._clock = clock
        self._jitter = jitter
        self._times: tuple[float, ...] = ()
        self._streak = 0

    def decide(
        self, policy: RestartPolicy, reason: ExitReason, *, ready_at: float | None, back_in: float | None
    ) -> Decision:
        """What follows an exit that nobody asked for.

        Args:
            policy: The child's.
            reason: What the exit means.
            ready_at: Monotonic seconds when the run became ready; None if it never did.
            back_in: Seconds in which to come back after an exit that was announced; None after any other.
        """
        now = self._clock.monotonic()
        if ready_at is not None and now - ready_at >= policy.healthy_after:
            self._streak = 0
        self._times = recent_restarts(self._times, now=now, period=policy.period)
        return decide(
            policy,
            reason,
            self._times,
            now=now,
            streak=self._streak,
            back_in=back_in,
            jitter=self._jitter,
        )

    def add(self, delay: float, *, counts: bool) -> None:
        """It comes back in `delay` seconds; `counts` against the budget, unless that was planned."""
        self.total += 1
        if counts:
            self._streak += 1
            self._times = (*self._times, self._clock.monotonic() + delay)
