"""The job that is drained."""

from __future__ import annotations

from native_runtime import job


@job
def trivial(number: int) -> None:
    """Nothing."""
