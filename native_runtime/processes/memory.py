"""How much memory a process and all that came from it use."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def tree_rss(pid: int) -> int | None:
    """Resident bytes of `pid` and its descendants, or None if there is no such process."""
    return _tree_rss(pid)


if sys.platform == "linux":
    # Straight from /proc: psutil would look at every process of the machine to find the children.

    _PAGE = os.sysconf("SC_PAGE_SIZE")

    def _tree_rss(pid: int) -> int | None:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
        except (OSError, IndexError):
            return None
        return pages * _PAGE + sum(_tree_rss(child) or 0 for child in _children(pid))

    def _children(pid: int) -> list[int]:
        children: list[int] = []
        for listing in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                children += map(int, listing.read_bytes().split())
        return children

else:
    import psutil

    def _tree_rss(pid: int) -> int | None:
        try:
            process = psutil.Process(pid)
            rss = int(process.memory_info().rss)
            for child in process.children(recursive=True):
                with suppress(psutil.Error):
                    rss += int(child.memory_info().rss)
        except psutil.Error:
            return None
        return rss
