"""What the jobs have noted, as the measuring side reads it; programs/tally.py is the side that writes."""

from __future__ import annotations

import mmap
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FIELDS: Final = 3  # how often it was started, when last, by whom
CELL: Final = 8  # bytes
LOOK_AGAIN: Final = 0.005  # seconds
PATIENCE: Final = 120.0  # seconds without any progress


class Tally:
    """Records of jobs number 0 up to `size`, in the file `path`, all zero at first."""

    def __init__(self, path: Path, size: int) -> None:
        with path.open("w+b") as file:
            file.truncate(size * FIELDS * CELL)
            self._memory = mmap.mmap(file.fileno(), 0)
        self._cells = memoryview(self._memory).cast("d")
        self._reached = 0

    def runs(self, number: int) -> int:
        """How often a job was started."""
        return int(self._cells[FIELDS * number])

    def started(self, number: int) -> float:
        """When a job was last started, in monotonic seconds."""
        return float(self._cells[FIELDS * number + 1])

    def pid(self, number: int) -> int:
        """Who started a job last."""
        return int(self._cells[FIELDS * number + 2])

    def starts(self, first: int, end: int) -> list[float]:
        """When these jobs were started, in order of time."""
        return sorted(map(self.started, range(first, end)))

    def pids(self, first: int, end: int) -> set[int]:
        """Who started these jobs."""
        return set(map(self.pid, range(first, end)))

    def reached(self) -> int:
        """The least number whose job was not started yet."""
        while self.runs(self._reached):
            self._reached += 1
        return self._reached

    def wait_until_reached(self, number: int) -> None:
        """Wait until all jobs below `number` were started.

        Raises:
            TimeoutError: Nothing has moved for `PATIENCE` seconds.
        """
        seen, until = self.reached(), time.monotonic() + PATIENCE
        while (reached := self.reached()) < number:
            if reached > seen:
                seen, until = reached, time.monotonic() + PATIENCE
            if time.monotonic() > until:
                raise TimeoutError(f"job {reached} did not start within {PATIENCE:g} s; waiting for {number}")
            time.sleep(LOOK_AGAIN)

    def wait_for_runs(self, number: int, runs: int, timeout: float) -> bool:
        """Wait until a job was started so often; False if that took longer than `timeout` seconds."""
        until = time.monotonic() + timeout
        while self.runs(number) < runs:
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_AGAIN)
        return True

    def close(self) -> None:
        """Let go of the memory."""
        self._cells.release()
        self._memory.close()
