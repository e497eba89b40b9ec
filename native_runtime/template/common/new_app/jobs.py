"""The background work. Workers import this module and no more than it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime import Fail, current_job, job

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Size:
    """What lies in a folder: how many files, of how many bytes together."""

    files: int
    bytes: int


@job(queue="folders", timeout=600)
def measure(folder: Path) -> Size:
    """Add up all files below a folder."""
    if not folder.is_dir():
        raise Fail(f"{folder} is no folder")  # not tried again: it will not be one later
    this, entries = current_job(), sorted(folder.iterdir())
    sizes: list[int] = []
    for done, entry in enumerate(entries):
        this.check_cancelled()
        this.progress(done / len(entries), entry.name)
        sizes += sizes_below(entry)
    return Size(files=len(sizes), bytes=sum(sizes))


def sizes_below(path: Path) -> Iterator[int]:
    """Yield the bytes of each file in or at `path`; links are not followed."""
    try:
        if path.is_symlink():
            return
        if path.is_dir():
            for entry in path.iterdir():
                yield from sizes_below(entry)
        elif path.is_file():
            yield path.stat().st_size
    except OSError:
        return  # not ours to read, or gone since
