"""How long anything about a job may be told to take, and what is made of a number that is longer."""

from __future__ import annotations

from typing import Any, Final

LONGEST: Final = 1_000_000_000
"""Seconds, 31 years, as in workers.toml: what waits cannot take every number, nor can a date."""


def is_duration(value: Any, *, above: bool = False) -> bool:
    """True for a number of seconds from 0 to `LONGEST`; with `above`, 0 is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST:
        return False
    return value > 0 or not above


def shortened(seconds: float) -> float:
    """The seconds, at most `LONGEST`: a stored job may be older than this limit, and must harm nobody."""
    return min(LONGEST, seconds)
