"""What the workers of the autoscaling measurement run."""

from __future__ import annotations

import time

from native_runtime import job


@job(queue="burst")
def nap(seconds: float) -> None:
    """Takes time and no core, so that it does not matter how many the machine has."""
    time.sleep(seconds)
