"""What children tell through a FIFO: a line of pids each, as their first act."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class Reports:
    """The read end of a FIFO, made at `path`."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        # Read and write: a FIFO without any writer would be at end of file.
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._rest = b""
        self._lines: list[tuple[int, ...]] = []

    def next(self, timeout: float = 15.0) -> tuple[int, ...]:
        """The next report.

        Raises:
            TimeoutError: None came within `timeout` seconds.
        """
        until = time.perf_counter() + timeout
        while not self._lines:
            left = until - time.perf_counter()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                raise TimeoutError(f"no child reported within {timeout:g} s")
            self._read()
        return self._lines.pop(0)

    def during(self, seconds: float) -> int:
        """How many reports come within `seconds`."""
        count = len(self._lines)
        self._lines.clear()
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                self._read()
                count += len(self._lines)
                self._lines.clear()
        return count

    def close(self) -> None:
        """Let go of the FIFO."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _read(self) -> None:
        *lines, self._rest = (self._rest + os.read(self._fd, 65536)).split(b"\n")
        self._lines += [tuple(map(int, line.split())) for line in lines]
