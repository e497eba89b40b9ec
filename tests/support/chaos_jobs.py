"""Jobs that do nothing but leave a line for each time they ran; how to read the lines back."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from native_runtime import current_job, job

EFFECTS: Final = "CHAOS_EFFECTS"  # names the file of lines
APP: Final = "CHAOS_APP"  # pid of the app whose workers inherit it
TRIES: Final = 10_000  # no job may fail because it was killed often


@dataclass(frozen=True, slots=True)
class Effect:
    """One line: a run of a job that came to its end.

    Attributes:
        job_id: The job.
        attempt: 1 for the first.
        pid: Of the worker.
        app: Pid of the app that the worker belonged to.
    """

    job_id: str
    attempt: int
    pid: int
    app: int


@job(tries=TRIES, backoff=0)
def trivial(_number: int) -> None:
    _leave_line()


@job(tries=TRIES, backoff=0)
def lasting(_number: int, seconds: float) -> None:
    time.sleep(seconds)
    _leave_line()


@job(backoff=0)
def tells_late(go: Path) -> int:
    """Waits for a file, then tells its progress; returns its attempt."""
    while not go.exists():
        time.sleep(0.01)
    current_job().progress(0.5, "half")
    return current_job().attempt


def read_effects(path: Path) -> list[Effect]:
    """All lines so far, in the order in which they were written."""
    whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
    fields = [line.split(" ") for line in whole.splitlines()]
    return [Effect(job_id, int(attempt), int(pid), int(app)) for job_id, attempt, pid, app in fields]


_FILE: Final = (
    os.open(os.environ[EFFECTS], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    if EFFECTS in os.environ
    else -1
)


def _leave_line() -> None:
    # One system call, and the very last thing the job does: a kill after it comes after the job's work.
    context = current_job()
    os.write(_FILE, f"{context.id} {context.attempt} {os.getpid()} {os.environ[APP]}\n".encode())
