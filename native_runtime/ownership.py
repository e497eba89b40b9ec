"""One owner per data folder: a lock that the system gives back when its holder dies, however it dies."""

from __future__ import annotations

import errno
import os
import sys
import weakref
from typing import TYPE_CHECKING, Final

from native_runtime.errors import AlreadyRunningError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _LOCKED_AT = 1 << 30  # far behind the pid, which others must be able to read

    def _lock(fd: int) -> None:
        os.lseek(fd, _LOCKED_AT, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:  # what else could fail on an open file; not every C library gives a number
            raise BlockingIOError(errno.EAGAIN, "held by another process") from None

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD: Final = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}  # how systems say so
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


class Ownership:
    """The right to run in `folder`. The lock file stays; only the lock on it counts.

    A copy of the process that `os.fork` makes does not hold it: it may live on when the owner is dead.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd: int | None = None
        _ownerships.add(self)

    def take(self) -> None:
        """Become the owner. Harmless twice.

        Raises:
            AlreadyRunningError: Another process is; it names its pid.
            StoreError: The folder cannot be written; nothing is owned.
        """
        if self._fd is not None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fd = os.open(self._folder / "runtime.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                self._sign(fd)
            except BaseException:
                os.close(fd)  # and the lock with it
                raise
        except AlreadyRunningError:
            raise
        except OSError as error:
            raise StoreError(str(self._folder), *_explained(error)) from error
        self._fd = fd

    def _sign(self, fd: int) -> None:
        try:
            _lock(fd)
        except OSError as error:
            if error.errno not in _HELD:
                raise
            os.lseek(fd, 0, os.SEEK_SET)
            owner = os.read(fd, 20)
            raise AlreadyRunningError(int(owner) if owner.isdigit() else 0, self._folder) from None
        os.truncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, str(os.getpid()).encode())

    def give_back(self) -> None:
        """Let others in. Harmless twice."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


_ownerships: Final[weakref.WeakSet[Ownership]] = weakref.WeakSet()


def _leave_to_the_parent() -> None:
    for ownership in list(_ownerships):
        ownership.give_back()  # closes this copy's descriptor; the lock is the parent's as long as its own is open


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_leave_to_the_parent)


def _explained(error: OSError) -> tuple[str, str]:
    """The problem, and what to do about it."""
    if error.errno in _FULL:
        return f"the disk is full ({error.strerror})", "free some space, or choose another data_dir"
    return (
        f"cannot be opened for writing ({error.strerror})",
        "make the folder writable for this user, or choose another data_dir",
    )
