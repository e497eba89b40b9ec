"""Reads a child's log file from outside, across rotations, while the child goes on writing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from native_runtime.processes.log_file import OLDER_FILES

if TYPE_CHECKING:
    import os
    from pathlib import Path

_NEWLINE: Final = b"\n"


class LogTail:
    """What a child has printed, and what it prints from then on.

    The file is opened for each look only: on Windows an open file cannot be rotated.

    Args:
        path: The newest file; older ones lie beside it as `name.1` (the newest of them) and so on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0  # bytes of the newest file
        self._file: tuple[int, int] | None = None  # which file that was

    def last_lines(self, count: int) -> bytes:
        """The last lines, as many as there are; `more` goes on behind them."""
        text = self.more()
        for age in range(1, OLDER_FILES + 1):
            if text.count(_NEWLINE) >= count:
                break
            text = _content(self._older(age)) + text
        lines = text.splitlines(keepends=True)
        return b"".join(lines[max(0, len(lines) - count) :])

    def more(self) -> bytes:
        """What was written since the last look."""
        try:
            status = self._path.stat()
        except OSError:
            return b""  # not written yet, or just being rotated
        rest = b""
        if self._file not in (None, _identity(status)) or status.st_size < self._read:
            rest = self._rotated()
            self._read = 0
        self._file = _identity(status)
        new = _content(self._path, self._read)
        self._read += len(new)
        return rest + new

    def _rotated(self) -> bytes:
        """What was written to the file that was the newest at the last look, and to those after it."""
        for age in range(1, OLDER_FILES + 1):
            with contextlib.suppress(OSError):
                if _identity(self._older(age).stat()) == self._file:
                    newer = [_content(self._older(each)) for each in reversed(range(1, age))]
                    return b"".join([_content(self._older(age), self._read), *newer])
        return b""

    def _older(self, age: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{age}")


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _content(path: Path, offset: int = 0) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except OSError:
        return b""
