"""Jobs of chains and batches, each of which leaves a line when it has done its work."""

from __future__ import annotations

import os
import time
from pathlib import Path

from native_runtime import current_job, job

PACE = 0.005  # seconds that a job takes, so that there is something to interrupt


def _note(lines: Path, text: str) -> None:
    with lines.open("ab", buffering=0) as file:
        file.write(f"{text} {os.getpid()}\n".encode())


@job(tries=1000, backoff=0)
def counted(lines: Path, before: int) -> int:
    """The next number."""
    time.sleep(PACE)
    _note(lines, current_job().id)
    return before + 1


@job(tries=1000, backoff=0)
def numbered(lines: Path, number: int) -> int:
    """The same number."""
    time.sleep(PACE)
    _note(lines, current_job().id)
    return number


@job
def listed(number: int) -> list[int]:
    return [number]


@job(tries=1000, backoff=0, queue="after")
def summed(lines: Path, numbers: list[int]) -> int:
    _note(lines, current_job().id)
    return sum(numbers)


@job(tries=1, queue="after")
def ended(lines: Path) -> None:
    _note(lines, current_job().id)
