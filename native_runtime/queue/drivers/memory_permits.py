"""Permits and buckets in this process's memory: the half of the contract that knows no jobs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from native_runtime.queue import rate as buckets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.queue.rate import Bucket, Rate


class PermitsInMemory:
    """See `QueueDriver` for what each method promises."""

    def __init__(self) -> None:
        self._permits_lock = threading.Lock()
        self._permits: dict[tuple[str, str], float] = {}  # by key and owner: until when
        self._buckets: dict[str, tuple[Bucket, float]] = {}  # by key, with when each is full

    def acquire(self, key: str, owner: str, *, until: float, now: float, most: int = 1) -> bool:
        """Hold a permit, if fewer than `most` others do."""
        with self._permits_lock:
            self._permits = {each: expires for each, expires in self._permits.items() if expires > now}
            others = sum(held == key and who != owner for held, who in self._permits)
            if others < most:
                self._permits[key, owner] = until
            return others < most

    def permits(self, key: str, *, now: float) -> list[float]:
        """Until when they are held."""
        with self._permits_lock:
            return sorted(
                until for (held, _who), until in self._permits.items() if held == key and until > now
            )

    def release_all(self, owners: Sequence[str]) -> None:
        """Give up whatever these hold."""
        with self._permits_lock:
            self._permits = {each: until for each, until in self._permits.items() if each[1] not in owners}

    def take(self, key: str, rate: Rate, *, now: float) -> float:
        """Take a token."""
        with self._permits_lock:
            self._buckets = {each: kept for each, kept in self._buckets.items() if kept[1] > now}
            stored, _full_at = self._buckets.get(key, (buckets.full(rate, now), now))
            bucket = buckets.filled(stored, rate, now)
            taken = buckets.take(bucket, rate, now)
            left = taken or bucket
            self._buckets[key] = (left, buckets.full_at(left, rate))
            return 0.0 if taken else buckets.next_at(bucket, rate) - now
