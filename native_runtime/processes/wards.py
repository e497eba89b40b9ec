"""Whom the guardian has in its care, in a nameless file that the app writes and its guardian reads once the app is gone.

A file and no pipe: nobody has to read along, none of it is lost when the app is killed in the middle of a
sentence, and another guardian finds all of it. Standard library only: the guardian uses it too.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as type checkers know it; typing would be a tenth of the guardian
if TYPE_CHECKING:
    from typing import IO, Final

# One child per record. It divides a page, and within a page a write is whole or not there at all, even if the
# app is killed during it.
RECORD: Final = 128  # bytes


class Wards:
    """Owned by one thread."""

    def __init__(self) -> None:
        self._file: Final = _nameless_file()
        self.fd: Final = self._file.fileno()
        self._places: dict[int, int] = {}  # by pid
        self._free: list[int] = []

    def enter(self, pid: int, identity: str) -> None:
        """Note a child, or what is now known of it.

        Args:
            pid: Its pid.
            identity: As `identity_of` gave it.
        """
        place = self._places.get(pid)
        if place is None:
            place = self._free.pop() if self._free else len(self._places)
            self._places[pid] = place
        self._write(place, f"{pid} {identity}")

    def leave(self, pid: int) -> None:
        """Strike a child out. Harmless twice."""
        place = self._places.pop(pid, None)
        if place is not None:
            self._write(place, "")
            self._free.append(place)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _write(self, place: int, text: str) -> None:
        self._file.seek(place * RECORD)
        self._file.write(text.encode("ascii").ljust(RECORD))


def read(fd: int) -> dict[int, str]:
    """All that are noted in the file.

    Args:
        fd: Of the file, perhaps one that a process which is gone has written.

    Returns:
        The identity of each child by its pid.
    """
    with open(fd, "rb", buffering=0, closefd=False) as file:
        file.seek(0)
        content = file.read().decode("ascii")
    records = (content[start : start + RECORD].rstrip() for start in range(0, len(content), RECORD))
    fields = (record.partition(" ") for record in records if record)
    return {int(pid): identity for pid, _, identity in fields}


if sys.platform == "linux":

    def _nameless_file() -> IO[bytes]:
        return os.fdopen(os.memfd_create("native-runtime-wards"), "r+b", buffering=0)

else:

    def _nameless_file() -> IO[bytes]:
        import tempfile  # here: the guardian has no need of it

        return tempfile.TemporaryFile(buffering=0)
