"""One owner per data folder: a lock that the system gives back when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from native_runtime.errors import AlreadyRunningError

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _LOCKED_AT = 1 << 30  # far behind the pid, which others must be able to read

    def _lock(fd: int) -> None:
        os.lseek(fd, _LOCKED_AT, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Ownership:
    """The right to run in `folder`. The lock file stays; only the lock on it counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd: int | None = None

    def take(self) -> None:
        """Become the owner. Harmless twice.

        Raises:
            AlreadyRunningError: Another process is; it names its pid.
            OSError: The folder cannot be written.
        """
        if self._fd is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._folder / "runtime.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(fd)
        except OSError:
            os.lseek(fd, 0, os.SEEK_SET)
            owner = os.read(fd, 20)
            os.close(fd)
            raise AlreadyRunningError(int(owner or b"0"), self._folder) from None
        os.truncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, str(os.getpid()).encode())
        self._fd = fd

    def give_back(self) -> None:
        """Let others in. Harmless twice."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
