"""The job everybody runs, and what it leaves in memory shared by all processes: a record for each job's number.

Imported by every peer's workers, so the standard library is all it may use.
"""

from __future__ import annotations

import mmap
import os
import time
from pathlib import Path
from typing import Final

FIELDS: Final = (
    3  # how often it was started, when last (monotonic seconds, the same clock everywhere), by whom
)
HOLD: Final = 60.0  # seconds

with Path(os.environ["QUEUE_BENCHMARK_TALLY"]).open("r+b") as _file:
    cells: Final = memoryview(mmap.mmap(_file.fileno(), 0)).cast("d")


def note(number: int, _text: str) -> None:
    """The trivial job."""
    at = FIELDS * number
    cells[at + 1] = time.monotonic()
    cells[at + 2] = os.getpid()
    cells[at] += 1.0


def hold(number: int, text: str) -> None:
    """The job whose process is killed: the first run of it lasts, the next does not."""
    note(number, text)
    if cells[FIELDS * number] == 1.0:
        time.sleep(HOLD)
