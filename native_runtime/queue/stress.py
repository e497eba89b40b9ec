"""A job that only leaves a trace, to see whether every job that is dispatched runs, and runs once."""

from __future__ import annotations

import os
import struct
from collections import Counter
from pathlib import Path
from typing import Final

from native_runtime.queue.job_function import job

_MARK: Final = struct.Struct("<I")


@job
def leave_trace(folder: Path, number: int, ballast: str) -> None:  # noqa: ARG001 - the ballast is what is carried
    """Note in `folder` that the job of this number has run.

    Args:
        folder: One file for each process: only then does nobody write over another's mark on every system.
        number: The job's own.
        ballast: What makes the job as large as somebody wants it.
    """
    with (folder / str(os.getpid())).open("ab") as traces:
        traces.write(_MARK.pack(number))


def traces_in(folder: Path) -> int:
    """How many marks there are, without reading them."""
    return sum(each.stat().st_size for each in folder.iterdir()) // _MARK.size


def runs_by_number(folder: Path) -> Counter[int]:
    """How often the job of each number has run."""
    return Counter(
        number for each in folder.iterdir() for (number,) in _MARK.iter_unpack(_whole(each.read_bytes()))
    )


def _whole(marks: bytes) -> bytes:
    """Without what a killed process began to write."""
    return marks[: len(marks) // _MARK.size * _MARK.size]
