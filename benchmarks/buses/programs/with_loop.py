"""What the machine allows: a queue with a thread behind it; and a thread that waits for its child."""

from __future__ import annotations

import subprocess
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def bus() -> tuple[Callable[[Callable[..., None]], object], Callable[[int], object], Callable[[], None]]:
    """How to listen, to publish, and to end it."""
    queues: list[SimpleQueue[int | None]] = []
    threads: list[threading.Thread] = []

    def on(handler: Callable[..., None]) -> None:
        queue: SimpleQueue[int | None] = SimpleQueue()

        def work() -> None:
            while (number := queue.get()) is not None:
                handler(number)

        queues.append(queue)
        threads.append(threading.Thread(target=work))
        threads[-1].start()

    def publish(number: int | None) -> None:
        for queue in queues:
            queue.put(number)

    def close() -> None:
        publish(None)
        for thread in threads:
            thread.join()

    return on, publish, close


def exits(on_exit: Callable[[], None]) -> tuple[Callable[[int], int], Callable[[], None]]:
    """How to start a child, and to end it all."""
    threads: list[threading.Thread] = []

    def start(_number: int) -> int:
        child = subprocess.Popen(["sleep", "600"], start_new_session=True)  # noqa: S607 - whatever stands on PATH

        def wait() -> None:
            child.wait()
            on_exit()

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        return child.pid

    def close() -> None:
        for thread in threads:
            thread.join()

    return start, close
