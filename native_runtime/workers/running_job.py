"""The jobs in the workers' hands, read from their scoreboards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from native_runtime.queue.scoreboard import read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from native_runtime.queue.scoreboard import ScoreboardReading
    from native_runtime.workers.folders import Folders
    from native_runtime.workers.roster import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningJob:
    """One attempt that runs now.

    Attributes:
        id: The job's id.
        name: The job's name.
        attempt: 1 for the first.
        token: Of its claim.
        started: Monotonic seconds.
        timeout: Seconds it may take; 0 is any.
        seconds: How long it has run.
    """

    id: str
    name: str
    attempt: int
    token: int
    started: float
    timeout: float
    seconds: float


def running_jobs(
    members: Iterable[Member], folders: Folders, *, now: float
) -> dict[tuple[str, int], RunningJob]:
    """What the members run, by the child's name and pid. `now`: monotonic seconds."""
    readings = {
        (member.child, member.pid): last_note(folders.scoreboard(member.worker_id), member.pid)
        for member in members
    }
    return {
        run: RunningJob(
            id=reading.job_id,
            name=reading.job,
            attempt=reading.attempt,
            token=reading.token,
            started=reading.started,
            timeout=reading.timeout,
            seconds=now - reading.started,
        )
        for run, reading in readings.items()
        if reading is not None and reading.is_busy
    }


def last_note(board: Path, pid: int) -> ScoreboardReading | None:
    """The newest note on a board, if it is by the process `pid`; it may be dead already."""
    reading = read(board)
    return reading if reading is not None and reading.pid == pid else None
