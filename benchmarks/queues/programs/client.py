"""The program that dispatches: serves requests from stdin on behalf of one library, which its argument names.

The library's module has `enqueue(number, text)`, `enqueue_many(numbers, text)`, `enqueue_hold(number, text)` and
`waiting()`; one that lives in the app has `start_workers()` and `stop_workers()` too. `open_queue()` comes first.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import time
from typing import Any, Final

from benchmarks.queues.programs.tally import FIELDS, cells

TEXT: Final = "x" * 80  # makes a payload of about 100 bytes
BULK: Final = 2_000  # jobs handed over at once
WARM_UP: Final = 20  # jobs before the clock starts
LOOK_AGAIN: Final = 0.001  # seconds
NEVER: Final = 30.0  # seconds after which a job is not waited for any more


class Client:
    """What can be asked for; every method's name is a request.

    Args:
        library: The module.
    """

    def __init__(self, library: Any) -> None:
        self._library = library

    def one_by_one(self, seconds: float) -> float:
        """Jobs a second, dispatched for so many seconds."""
        self._library.enqueue(0, TEXT)  # who connects at the first dispatch has connected now
        began, number = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            self._library.enqueue(number, TEXT)
            number += 1
        return number / passed

    def in_bulk(self, seconds: float) -> float:
        """The same, `BULK` at once."""
        self._library.enqueue_many(range(WARM_UP), TEXT)
        began, number = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            self._library.enqueue_many(range(number, number + BULK), TEXT)
            number += BULK
        return number / passed

    def fill(self, first: int, end: int) -> None:
        """Dispatch jobs with these numbers."""
        for start in range(first, end, BULK):
            self._library.enqueue_many(range(start, min(start + BULK, end)), TEXT)

    def hold(self, number: int) -> None:
        """Dispatch the job whose process will be killed."""
        self._library.enqueue_hold(number, TEXT)

    def latencies(self, first: int, count: int, gap: float, budget: float) -> list[float]:
        """Seconds from before a dispatch to the job's start, one job after the other, `gap` seconds of peace between.

        As many as `count`, fewer where `budget` seconds are over before.
        """
        found: list[float] = []
        until = time.monotonic() + budget
        while len(found) < count and (not found or time.monotonic() < until):
            time.sleep(gap * random.uniform(0.5, 1.5))  # in step with nobody's polling
            number = first + len(found)
            asked = time.monotonic()
            self._library.enqueue(number, TEXT)
            while not cells[FIELDS * number]:
                if time.monotonic() - asked > NEVER:
                    raise TimeoutError(f"job {number} did not start within {NEVER:g} s")
                time.sleep(LOOK_AGAIN)
            found.append(cells[FIELDS * number + 1] - asked)
        return found

    def waiting(self) -> int:
        """How many jobs the store still holds as not over."""
        return int(self._library.waiting())

    def start_workers(self) -> None:
        """Of a library that has them in the app."""
        self._library.start_workers()

    def stop_workers(self) -> None:
        """Of a library that has them in the app."""
        self._library.stop_workers()


def main(module: str) -> None:
    """Serve `METHOD JSON-LIST` until stdin ends."""
    library = importlib.import_module(module)
    library.open_queue()
    client = Client(library)
    print("ready", flush=True)
    for line in sys.stdin:
        request, _, words = line.partition(" ")
        print("done", json.dumps(getattr(client, request)(*json.loads(words))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
