"""Jobs for tests, named after what they do to their worker."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path

from native_runtime import NoOverlap, current_job, job


@job
def add(a: int, b: int) -> int:
    return a + b


@job
def naps(seconds: float) -> None:
    """Takes time and no core."""
    time.sleep(seconds)


@job(tries=1)
def fails(message: str) -> None:
    raise ValueError(message)


@job(queue="steady")
def note(folder: Path, name: str) -> None:
    """Leaves a line for each time it ran."""
    with (folder / name).open("a") as file:
        file.write("ran\n")


@job(backoff=0)
def waits_for_file(path: Path) -> int:
    """Runs until `path` exists; tells its attempt."""
    context = current_job()
    context.progress(0.5, "waiting")
    while not path.exists():
        time.sleep(0.01)
    return context.attempt


@job(tries=2, backoff=0, queue="memory")
def allocates_without_end() -> None:
    hoard = []
    while True:
        hoard.append(os.urandom(1024 * 1024))


@job(tries=2, backoff=0)
def exits_hard() -> None:
    os._exit(3)


@job(tries=2, backoff=0)
def segfaults() -> None:
    ctypes.string_at(0)


@job(tries=2, backoff=0)
def kills_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@job(tries=2, backoff=0, middleware=[NoOverlap("{key}", expires=3600.0, pause=3600.0)])
def dies_once_alone(key: str) -> tuple[str, int]:
    """Kills its worker in its first attempt, which holds a lock."""
    if current_job().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return key, current_job().attempt


@job(tries=2, backoff=0, timeout=0.3)
def computes_for_ever() -> int:
    """Stuck in C, where no Python exception reaches it."""
    return len(str(3**100_000_000))


@job(tries=1, timeout=0.3)
def sleeps_for_ever() -> None:
    while True:
        time.sleep(0.01)


@job(queue="steady")
def note_slowly(folder: Path, name: str, seconds: float) -> None:
    """Leaves a line for each time it ran, at its end."""
    time.sleep(seconds)
    with (folder / name).open("a") as file:
        file.write("ran\n")


@job
def tells_its_pid() -> int:
    """Of the worker that runs it."""
    return os.getpid()


@job
def grows_by(megabytes: int) -> int:
    """Takes memory and keeps it; tells the worker's pid."""
    _HOARD.append(os.urandom(megabytes * 1024 * 1024))
    return os.getpid()


_HOARD: list[bytes] = []


@job(tries=1)
def needs_file(path: Path) -> int:
    """Tells how long the file is; fails while there is none."""
    return path.stat().st_size
