"""Jobs for workers in tests: each leaves a trace in the folder TRACES."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from native_runtime import Fail, JobCancelledError, NoOverlap, RateLimit, current_job, job

HOARD: list[bytearray] = []


def trace(name: str, text: str = "") -> None:
    """Leave a file that a test can wait for."""
    with (Path(os.environ["TRACES"]) / name).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def wait_for_trace(name: str) -> None:
    """A test, or another job, may leave it."""
    while not (Path(os.environ["TRACES"]) / name).exists():
        time.sleep(0.005)


def warm_up() -> None:
    trace("warm")


def cold() -> None:
    raise OSError("no network")


@job
def resized(source: Path, size: int = 256) -> Path:
    return source.with_suffix(f".{size}.jpg")


@job
async def doubled(number: float) -> float:
    return number * 2


@job
def mark(name: str) -> None:
    trace(name, f"{current_job().attempt}")


@job(tries=2, backoff=0.01)
def fails() -> None:
    raise ValueError("no luck")


@job
def refuses() -> None:
    raise Fail("the file ends early")


@job
def hoards(megabytes: int) -> None:
    HOARD.append(bytearray(os.urandom(1)) * (megabytes * 1024 * 1024))


@job
def sleeps(seconds: float) -> str:
    trace("sleeping", str(os.getpid()))
    try:
        time.sleep(seconds)
    finally:
        trace("woken")
    return "slept"


@job
def holds(until: str) -> None:
    """Runs until there is a trace of the name `until`."""
    trace("holding")
    wait_for_trace(until)


@job
def stops_when_asked() -> str:
    """Ends as it should, but not before somebody asks it to stop."""
    trace("running")
    with suppress(JobCancelledError):
        while True:
            time.sleep(0.01)
    return "stopped"


@job
def loops_until_cancelled() -> None:
    trace("looping")
    while True:
        current_job().check_cancelled()
        threading.Event().wait(0.01)


@job
def stuck_in_c() -> None:
    trace("stuck")
    hashlib.pbkdf2_hmac("sha512", b"x", b"y", 2_000_000_000)


@job
def dies_once() -> str:
    trace("dies_once", str(current_job().attempt))
    if current_job().attempt == 1:
        os.abort()
    return "alive"


@job
def dispatches(name: str) -> str:
    return mark.options(queue="second").dispatch(name).id


@job
def tells() -> None:
    current_job().progress(0.5, "half")
    current_job().log.info("half way")
    print("plain words")


@job
def notes_its_time(name: str, seconds: float, after: str = "") -> None:
    """Takes so long, and goes on until there is a trace of the name `after`."""
    begin = time.monotonic()
    time.sleep(seconds)
    if after:
        wait_for_trace(after)
    trace(name, f"{begin!r} {time.monotonic()!r}")


@job(middleware=[NoOverlap("user {user}", expires=60, pause=0.05)])
def alone(user: str, seconds: float) -> None:
    notes_its_time(f"alone {user}", seconds)


@job(middleware=[RateLimit("4/s")])
def rated() -> None:
    notes_its_time("rated", 0.0)
