"""A child's log file: raw output, rotated, bounded on disk, and never a reason to stop reading the child."""

from __future__ import annotations

import contextlib
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE: Final = 5 * 1024 * 1024  # bytes
OLDER_FILES: Final = 3  # kept as name.1 (newest) … name.3


class LogFile:
    """Appends to `path`; opened at the first write.

    A full disk or a folder that went away loses log lines, counted in `lost`, and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost = 0
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, chunk: bytes) -> None:
        """Append `chunk`; rotates first if it would make the file too large."""
        try:
            if self._file is None:
                self._open()
            elif self._size + len(chunk) > LARGEST_FILE:
                self._rotate()
            if self._file is not None:
                self._file.write(chunk)
                self._size += len(chunk)
        except OSError:
            self.lost += len(chunk)
            self.close()

    def close(self) -> None:
        """Let go of the file. Harmless twice."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("ab", buffering=0)
        self._size = self._file.tell()

    def _rotate(self) -> None:
        self.close()
        files = [
            self.path,
            *(self.path.with_name(f"{self.path.name}.{age + 1}") for age in range(OLDER_FILES)),
        ]
        # Not replaced by the next one: ext4 then writes that to the disk at once, and a flood waits for it.
        files[-1].unlink(missing_ok=True)
        for newer, older in reversed(list(pairwise(files))):
            if newer.exists():
                newer.replace(older)
        self._open()
