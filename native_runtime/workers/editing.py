"""One edit of workers.toml after the other, also by several processes: a command beside the app, two commands."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TRIES: Final = (
    200  # an edit takes milliseconds; whoever holds the lock for longer hangs, and is not waited for
)
_PAUSE: Final = 0.01  # seconds
_HERE: Final = threading.Lock()


@contextmanager
def editing(path: Path) -> Iterator[None]:
    """Hold off other edits of a file by this library; people's editors know of none of this.

    The folder is locked, because the file is replaced and a lock file would be litter. Where folders cannot be locked,
    on Windows and on some network folders, only threads of this process are held off.
    """
    with _HERE:
        folder = _locked(os.path.dirname(os.path.realpath(path)))  # noqa: PTH120 - realpath() gives text
        try:
            yield
        finally:
            if folder is not None:
                os.close(folder)


if sys.platform == "win32":

    def _locked(_folder: str) -> int | None:
        return None

else:

    def _locked(folder: str) -> int | None:
        """The descriptor that holds the lock until it is closed; None if it could not be had."""
        import fcntl

        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return None  # whoever reads the file tells why
        pause = threading.Event()
        for _ in range(_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pause.wait(_PAUSE)
            except OSError:
                break  # there are no locks here
            else:
                return descriptor
        os.close(descriptor)
        return None
