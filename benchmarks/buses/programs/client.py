"""The program in which events are published and heard: serves requests from its stdin with one library."""

from __future__ import annotations

import importlib
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from benchmarks.buses.programs.killing import PATIENCE, Ear

if TYPE_CHECKING:
    from collections.abc import Callable


class Counter:
    """A handler's work: it counts, and says when it has heard all."""

    def __init__(self, expected: int) -> None:
        self._left = expected
        self.done = threading.Event()

    def heard(self, *_event: object, **_fields: object) -> None:
        """One more."""
        self._left -= 1
        if not self._left:
            self.done.set()


class Client:
    """What the benchmark asks for.

    Args:
        library: Has `bus() -> (on, publish, close)` and, for a supervisor, `exits() -> (start, close)`.
    """

    def __init__(self, library: Any) -> None:
        self._library = library

    def publish(self, events: int, handlers: int) -> dict[str, float]:
        """Publish, and wait until every handler has heard everything. Seconds, in all and of the publisher."""
        on, publish, close = self._library.bus()
        counters = [Counter(events) for _ in range(handlers)]
        for counter in counters:
            on(counter.heard)
        began = time.perf_counter()
        for number in range(events):
            publish(number)
        published = time.perf_counter()
        for counter in counters:
            if not counter.done.wait(PATIENCE):
                raise TimeoutError(f"{events} events were not heard within {PATIENCE:g} s")
        ended = time.perf_counter()
        close()
        return {"seconds": ended - began, "publishing": published - began}

    def exits(self, count: int) -> list[float]:
        """Kill so many children, one after the other. Seconds from before the kill to the handler's first instruction."""
        ear = Ear()
        start, close = self._library.exits(ear.hear)
        found = ear.kill_each(start, count)
        close()
        return found


def main(module: str) -> None:
    """Serve `METHOD JSON-LIST` until stdin ends."""
    client = Client(importlib.import_module(module))
    print("ready", flush=True)
    for line in sys.stdin:
        request, _, words = line.partition(" ")
        method: Callable[..., object] = getattr(client, request)
        print("done", json.dumps(method(*json.loads(words))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
