"""How long to pause before trying again: pure arithmetic, shared by children and jobs."""

from __future__ import annotations

from msgspec import Struct


def spread(delay: float, fraction: float) -> float:
    """A delay in seconds, spread by up to `fraction` of itself either way."""
    import random  # only here: an app whose children never crash saves its memory

    return delay * (1.0 + random.uniform(-fraction, fraction))  # noqa: S311 - spreads load, keeps no secret


class Backoff(Struct, frozen=True, kw_only=True):
    """Pauses that grow by a factor up to a cap.

    Attributes:
        delay: Seconds before the first retry.
        factor: Each further pause is this many times the one before.
        max_delay: Seconds; no pause is longer.
    """

    delay: float = 0.25
    factor: float = 2.0
    max_delay: float = 60.0

    def pause(self, retry: int) -> float:
        """Seconds before retry number `retry` (1 is the first)."""
        # Past 64 doublings the cap has long been reached; the bound keeps the power finite.
        return min(self.max_delay, self.delay * self.factor ** min(retry - 1, 64))


def listed_pause(pauses: tuple[float, ...], retry: int) -> float:
    """Seconds before retry number `retry` (1 is the first) from a list; the last one repeats."""
    return pauses[min(retry, len(pauses)) - 1] if pauses else 0.0
