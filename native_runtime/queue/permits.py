"""What an attempt asks of the store on behalf of its middleware, so that it holds for all processes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from native_runtime.errors import StoreError

if TYPE_CHECKING:
    from native_runtime.clock import Clock
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Claim
    from native_runtime.queue.rate import Rate


def owner_of(claim: Claim) -> str:
    """Under which an attempt holds permits: no two attempts have the same."""
    return f"{claim.id}#{claim.token}"


class Permits:
    """The permits of one attempt. What it holds ends with it, or after its time if its worker dies.

    Args:
        driver: Keeps them.
        clock: Time.
        owner: Who holds them.
    """

    def __init__(self, *, driver: QueueDriver, clock: Clock, owner: str) -> None:
        self._driver = driver
        self._clock = clock
        self._owner = owner
        self._holds_some = False

    def take(self, key: str, rate: Rate) -> float:
        """Take a token of `key`. Returns 0 if there was one, else the seconds until there is."""
        return self._driver.take(f"rate:{key}", rate, now=self._clock.epoch())

    def lock(self, key: str, *, expires: float) -> float:
        """Be the only one at `key`, until the attempt ends or for `expires` seconds.

        Returns:
            0 if that is so now, else the seconds after which the other's lock expires.
        """
        now = self._clock.epoch()
        self._holds_some = True  # before the step: an interrupt may come right after it
        if self._driver.acquire(f"lock:{key}", self._owner, until=now + expires, now=now):
            return 0.0
        return max((until - now for until in self._driver.permits(f"lock:{key}", now=now)), default=0.001)

    def count(self, key: str, *, most: int, period: float) -> bool:
        """Count an event. True if there were `most` of them, or more, in the last `period` seconds."""
        now = self._clock.epoch()
        name, who = f"events:{key}", f"event of {self._owner}"
        self._driver.acquire(name, who, until=now + period, now=now, most=most)
        return len(self._driver.permits(name, now=now)) >= most

    def put_off(self, key: str, seconds: float) -> None:
        """Let nobody begin `key` for so long."""
        now = self._clock.epoch()
        self._driver.acquire(f"off:{key}", "", until=now + seconds, now=now)

    def put_off_for(self, key: str) -> float:
        """Seconds for which nobody may begin `key`; 0 if anybody may."""
        now = self._clock.epoch()
        return max((until - now for until in self._driver.permits(f"off:{key}", now=now)), default=0.0)

    def end(self) -> None:
        """The attempt is over."""
        if self._holds_some:
            with suppress(StoreError):  # what cannot be given up now expires
                self._driver.release_all([self._owner])
