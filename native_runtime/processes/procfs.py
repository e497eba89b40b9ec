"""Reads /proc, which is how Linux tells of processes. Standard library only: the guardian uses it too.

Plain `os` calls: pathlib and buffered files cost several times the read itself, and importing them costs the
guardian a tenth of its memory.
"""

from __future__ import annotations

import os


def contents(path: str) -> bytes:
    """All of a file in /proc.

    Raises:
        OSError: The process is gone, or another user's.
    """
    fd = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while part := os.read(fd, 65536):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(fd)


def stat(pid: int) -> list[bytes]:
    """What /proc/<pid>/stat says from the state on: field 3 of proc_pid_stat(5) is the first.

    Raises:
        OSError: There is no such process.
    """
    line = contents(f"/proc/{pid}/stat")
    # The command name may hold spaces and parentheses; what follows its last ")" is regular.
    return line[line.rindex(b")") + 2 :].split()
