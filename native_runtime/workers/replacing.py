"""A file's content replaced in one step: whoever reads it meets the old text or the new one, never a part of either."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import threading
from pathlib import Path
from typing import Final, Self

_TRIES: Final = (
    40  # on Windows another program may hold the file open for a moment: a virus scanner, an editor
)
_PAUSE: Final = 0.05  # seconds


class Replacement:
    """A new content for a file, written beside it and ready to take its place. Links and permissions are kept.

    Use as a context manager: what has not taken the file's place is removed.

    Args:
        path: The file; a link to it stays a link.
        body: The new content.

    Raises:
        OSError: The file may not be written to, or its folder takes no file.
    """

    def __init__(self, path: Path, body: bytes) -> None:
        self._path = path.resolve()
        # Renaming asks only for the folder's permission, but a file that was made read-only is meant so.
        if not os.access(self._path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self._path))
        status = self._path.stat()
        self._draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.new")
        descriptor = os.open(
            self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())  # else a power cut may leave an empty file under the name
            self._draft.chmod(status.st_mode & 0o7777)
            if hasattr(os, "chown"):
                with contextlib.suppress(PermissionError):  # only an administrator writes another user's file
                    os.chown(self._draft, status.st_uid, status.st_gid)
        except BaseException:
            self._draft.unlink(missing_ok=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._draft.unlink(missing_ok=True)

    def take_place(self) -> None:
        """Replace the file. Waits up to two seconds for a program that holds it open, as Windows lets it.

        Raises:
            OSError: It cannot be replaced.
        """
        pause = threading.Event()
        for _ in range(_TRIES - 1):
            try:
                return self._rename()
            except PermissionError:
                pause.wait(_PAUSE)
        return self._rename()

    def _rename(self) -> None:
        self._draft.replace(self._path)
