"""How many jobs a worker claims at once. Pure: facts in, decision out."""

from __future__ import annotations

from typing import Final

AHEAD: Final = 0.02  # seconds of work that may wait in a worker's hand while another might be free
MOST: Final = 200  # jobs; the step to the store is then a tenth of what it serves
_SHORTEST: Final = 1e-6  # seconds; what the clock does not see
GROWTH: Final = 4  # times as many as before, at most: a few quick jobs promise little


def next_stride(before: int, *, jobs: int, seconds: float) -> int:
    """Say how many jobs to claim next.

    Slow jobs are claimed one by one, so that each goes to whoever is free; trivial ones by the handful, because
    the step to the store costs more than they do.

    Args:
        before: How many were claimed last.
        jobs: How many were run since; 0 after a pause.
        seconds: How long that took.
    """
    if jobs == 0:
        return 1
    fitting = AHEAD * jobs / max(seconds, _SHORTEST)
    return max(1, int(min(MOST, before * GROWTH, fitting)))
