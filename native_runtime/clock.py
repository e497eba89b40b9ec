"""The only place that reads time. Everything else is handed a `Clock`, so that tests can own it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

_START: Final = datetime.fromtimestamp(0, UTC)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)


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


def utc_at(epoch: float) -> datetime:
    """Epoch seconds as an aware UTC datetime; the first or the last there is, where none can say so."""
    try:
        return _START + timedelta(seconds=epoch)
    except OverflowError:
        return _LAST if epoch > 0 else _FIRST


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
