"""How often something may begin: a rate, and the token bucket that keeps to it. Pure arithmetic."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

RATE_FORM: Final = r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})?([smh])"
"""A regular expression for a rate in text."""
RATE_EXPECTED: Final = 'a rate such as "10/s", "100/m", "1000/h" or "5/10s"'
"""The same in words."""

# Who looks at the clock and waits for the store, ten seconds at most, comes with a moment before that of others.
APART: Final = 15.0  # seconds

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_MARGIN: Final = 1e-6  # seconds: no look may come too early, and epoch seconds are floats of a quarter of it


class Rate(Struct, frozen=True, gc=False):
    """At most so many at once, and as many again in each further period. `period`: seconds."""

    count: int
    period: float

    @classmethod
    def parse(cls, text: object) -> Rate:
        """Read a rate: a number, a slash, and a unit (s, m, h) with or without a number of them.

        Raises:
            ValueError: It is not of this form.
        """
        found = re.fullmatch(RATE_FORM, text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(f"rate: expected {RATE_EXPECTED}, got {text!r}")
        count, units, unit = found.groups()
        return cls(int(count), float(int(units or 1) * _SECONDS[unit]))

    def __str__(self) -> str:
        return f"{self.count}/{self.period:g}s"


class Bucket(Struct, frozen=True, gc=False):
    """The tokens that were there at a moment.

    Attributes:
        tokens: Each allows one beginning; fractions grow into one.
        filled_at: Epoch seconds of that moment.
    """

    tokens: float
    filled_at: float


def full(rate: Rate, now: float) -> Bucket:
    """A bucket from which nothing has been taken."""
    return Bucket(float(rate.count), now)


def filled(bucket: Bucket, rate: Rate, now: float) -> Bucket:
    """The bucket at `now`. A clock that was set back gains nothing, and loses nothing that was there.

    A moment shortly before that of the bucket is no such clock: somebody who looked at it later was let in first.
    The bucket stays where it is then, or the time in between would give its tokens twice.
    """
    at = bucket.filled_at if 0.0 < bucket.filled_at - now <= APART else now
    gained = max(0.0, at - bucket.filled_at) * rate.count / rate.period
    return Bucket(min(float(rate.count), bucket.tokens + gained), at)


def take(bucket: Bucket, rate: Rate, now: float) -> Bucket | None:
    """The bucket after a token was taken; None if there is none yet."""
    at = filled(bucket, rate, now)
    return Bucket(at.tokens - 1.0, at.filled_at) if at.tokens >= 1.0 else None


def next_at(bucket: Bucket, rate: Rate) -> float:
    """Epoch seconds from when on a token can be taken."""
    missing = 1.0 - bucket.tokens
    return bucket.filled_at + (missing * rate.period / rate.count + _MARGIN if missing > 0 else 0.0)


def full_at(bucket: Bucket, rate: Rate) -> float:
    """Epoch seconds from when on the bucket is as one from which nothing has been taken."""
    return bucket.filled_at + (rate.count - bucket.tokens) * rate.period / rate.count + _MARGIN
