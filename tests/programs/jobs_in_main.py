"""A program whose jobs live in the very file it was started from."""

from __future__ import annotations

import sys
from pathlib import Path

from native_runtime import job
from native_runtime.clock import SystemClock
from native_runtime.queue import Queue
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.drivers.sqlite import SqliteDriver


@job
def square(number: int) -> int:
    return number * number


if __name__ == "__main__":
    driver = SqliteDriver(Path(sys.argv[1]))
    CURRENT.put(Queue(driver=driver, clock=SystemClock()))
    handle = square.dispatch(7)
    print(handle.id, flush=True)
    if sys.argv[2:] == ["--wait"]:
        print(handle.result(timeout=60), flush=True)
    driver.close()
