"""How often a child has come back, and whether it may once more: what its restart policy is asked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.processes.restart import decide, recent_restarts

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.processes.exit_status import ExitReason
    from native_runtime.processes.restart import Decision, RestartPolicy
    from native_runtime.processes.run import Run


class Comebacks:
    """Owned by the loop's thread.

    Attributes:
        total: How often it has come back, planned or not.
    """

    def __init__(self, *, clock: Clock, spread: Callable[[float, float], float]) -> None:
        self.total = 0
        self._clock = clock
        self._spread = spread
        self._times: tuple[float, ...] = ()
        self._streak = 0

    def decide(self, policy: RestartPolicy, reason: ExitReason, run: Run) -> Decision:
        """What follows an exit that nobody asked for.

        Args:
            policy: The child's.
            reason: What the exit means.
            run: That ended so.
        """
        now = self._clock.monotonic()
        if run.ready_at is not None and now - run.ready_at >= policy.healthy_after:
            self._streak = 0
        self._times = recent_restarts(self._times, now=now, period=policy.period)
        return decide(
            policy,
            reason,
            self._times,
            now=now,
            streak=self._streak,
            back_in=run.back_in,
            is_blameless=run.is_blameless,
            spread=self._spread,
        )

    def add(self, delay: float, *, counts: bool) -> None:
        """It comes back in `delay` seconds; `counts` against the budget, unless that was planned."""
        self.total += 1
        if counts:
            self._streak += 1
            self._times = (*self._times, self._clock.monotonic() + delay)
