"""What the workers are at and what they have done, read from their scoreboards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from native_runtime.queue.scoreboard import look, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.queue.scoreboard import ScoreboardReading
    from native_runtime.workers.folders import Folders
    from native_runtime.workers.roster import Member

    Run = tuple[str, int]  # the child's name and the worker's pid


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What one worker process does.

    Attributes:
        job: What it runs now, if anything.
        done: Jobs it has done.
        failed: Attempts that failed; one that was put back, or cancelled, is neither.
    """

    job: RunningJob | None
    done: int
    failed: int


def running_jobs(members: Iterable[Member], folders: Folders, *, now: float) -> dict[Run, RunningJob]:
    """What the members run, by the child's name and pid. `now`: monotonic seconds."""
    jobs = {
        (member.child, member.pid): _running(read(folders.scoreboard(member.worker_id)), member, now)
        for member in members
    }
    return {run: job for run, job in jobs.items() if job is not None}


def activities(members: Iterable[Member], folders: Folders, *, now: float) -> dict[Run, Activity]:
    """What the members do, by the child's name and pid; without those whose scoreboard cannot be read."""
    found = {}
    for member in members:
        note, tally = look(folders.scoreboard(member.worker_id))
        if tally is not None:
            found[member.child, member.pid] = Activity(
                job=_running(note, member, now), done=tally.succeeded.total, failed=tally.failed.total
            )
    return found


def _running(note: ScoreboardReading | None, member: Member, now: float) -> RunningJob | None:
    if note is None or note.pid != member.pid or not note.is_busy:
        return None
    return RunningJob(
        id=note.job_id,
        name=note.job,
        attempt=note.attempt,
        token=note.token,
        started=note.started,
        timeout=note.timeout,
        seconds=now - note.started,
    )
