"""What workers.toml says about a queue."""

from __future__ import annotations

from msgspec import Struct

from native_runtime.queue.rate import Rate


class QueueSettings(Struct, frozen=True, kw_only=True):
    """`[queues.NAME]`.

    Attributes:
        name: The section's name.
        concurrency: Most of its jobs that run at once, over all workers; None is any number.
        rate: Most of its jobs that start; None is any number.
        paused: It is paused from the start.
        pause_on_battery: Nothing is reserved from it while the machine runs on its battery.
    """

    name: str
    concurrency: int | None = None
    rate: Rate | None = None
    paused: bool = False
    pause_on_battery: bool = False
