"""A clock that only moves when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from native_runtime.clock import utc_at

START: Final = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """Fits wherever a `Clock` is wanted.

    Args:
        start: Wall time it shows first, aware.
        monotonic: Seconds its monotonic side shows first.
    """

    def __init__(self, start: datetime = START, *, monotonic: float = 1000.0) -> None:
        self._epoch = start.timestamp()
        self._monotonic = monotonic

    def monotonic(self) -> float:
        """Seconds; grows by what `advance` adds and by nothing else."""
        return self._monotonic

    def epoch(self) -> float:
        """Seconds since 1970."""
        return self._epoch

    def utc(self) -> datetime:
        """Wall time, aware."""
        return utc_at(self._epoch)

    def advance(self, seconds: float) -> None:
        """Let time pass, on both sides.

        Raises:
            ValueError: Time would run backwards, which the monotonic side never does.
        """
        if seconds < 0:
            raise ValueError(
                f"advance: expected 0 seconds or more, got {seconds}; use set_wall_time to go back"
            )
        self._epoch += seconds
        self._monotonic += seconds

    def set_wall_time(self, moment: datetime) -> None:
        """Show another wall time, as when a person sets the clock; the monotonic side does not notice."""
        self._epoch = moment.timestamp()
