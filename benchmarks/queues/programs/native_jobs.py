"""The jobs as native-runtime's workers import them."""

from __future__ import annotations

from benchmarks.queues.programs import tally
from native_runtime import job


@job
def note(number: int, text: str) -> None:
    """The trivial job."""
    tally.note(number, text)


@job(backoff=0)
def hold(number: int, text: str) -> None:
    """The job whose process is killed."""
    tally.hold(number, text)
