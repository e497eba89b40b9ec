"""The only place that reads time. Everything else is handed a `Clock`, so that tests can own it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def monotonic(self) -> float:
        """Seconds that never jump; for durations and deadlines inside this process."""
        ...

    def epoch(self) -> float:
        """Seconds since 1970, wall time; for what is stored and read by other processes."""
        ...

    def utc(self) -> datetime:
        """Wall time as an aware UTC datetime; for what people read."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def epoch(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def utc(self) -> datetime:
        """Wall time, aware."""
        return datetime.now(UTC)
