"""What stands between a queue's jobs and the workers: pauses and limits. Pure: the stores only keep it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import astuple, replace

from native_runtime.queue.driver import PauseReason
from native_runtime.queue.rate import Bucket, Rate, filled, full, next_at, take

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from native_runtime.queue.settings import QueueSettings


class Gate(Struct, frozen=True):
    """The gate of a queue; a queue without one is free. Its fields are the columns of a store, in order.

    Attributes:
        name: The queue.
        paused: By whom: `hand` or `file`; None if by neither.
        is_paused_in_file: What workers.toml said last. Only when it says something else is `paused` changed, so
            that what was paused or resumed by hand stays so.
        is_held: The machine runs on its battery, and the queue waits for it.
        concurrency: Most of its jobs that run at once.
        rate_count: Most of its jobs that start in a period …
        rate_period: … of so many seconds.
        tokens: Of its bucket, at …
        filled_at: … these epoch seconds.
    """

    name: str
    paused: str | None = None
    is_paused_in_file: bool = False
    is_held: bool = False
    concurrency: int | None = None
    rate_count: int | None = None
    rate_period: float = 0.0
    tokens: float = 0.0
    filled_at: float = 0.0

    @property
    def closed_by(self) -> PauseReason | None:
        """Why nothing is reserved from the queue, whatever waits; None if it is open."""
        if self.paused is not None:
            return PauseReason(self.paused)
        return PauseReason.BATTERY if self.is_held else None

    @property
    def is_limited(self) -> bool:
        """True if its jobs are counted."""
        return self.concurrency is not None or self.rate is not None

    @property
    def rate(self) -> Rate | None:
        """How often its jobs may start."""
        return None if self.rate_count is None else Rate(self.rate_count, self.rate_period)

    @property
    def bucket(self) -> Bucket:
        """What its rate has left."""
        return Bucket(self.tokens, self.filled_at)

    def has_room(self, running: int) -> bool:
        """Whether one more may run beside so many."""
        return self.concurrency is None or running < self.concurrency

    def room(self, running: int, now: float) -> float:
        """How many more may start now, beside so many that run; infinity where any number may."""
        if self.closed_by is not None:
            return 0
        places = inf if self.concurrency is None else max(0, self.concurrency - running)
        return places if self.rate is None else min(places, int(filled(self.bucket, self.rate, now).tokens))

    def looked_at(self, now: float) -> Gate:
        """The same at `now`; kept where the clock was set back, or tokens would come as much later."""
        return self if self.rate is None else self._with(filled(self.bucket, self.rate, now))

    def passed(self, now: float) -> Gate | None:
        """The gate after a job has started; None if its rate allows none yet."""
        if self.rate is None:
            return self
        bucket = take(self.bucket, self.rate, now)
        return None if bucket is None else self._with(bucket)

    def due(self, *, running: int, waiting_at: float | None) -> float | None:
        """Epoch seconds when the next job may start; None if it is another's turn to say so.

        Args:
            running: How many run. Where no more may, the end of one is told to those who wait for it.
            waiting_at: When the first job waits, or has begun to; None if none does.
        """
        if waiting_at is None or self.closed_by is not None or not self.has_room(running):
            return None
        return waiting_at if self.rate is None else max(waiting_at, next_at(self.bucket, self.rate))

    def _with(self, bucket: Bucket) -> Gate:
        return replace(self, tokens=bucket.tokens, filled_at=bucket.filled_at)


Gates = dict[str, Gate]


def configured(gates: Mapping[str, Gate], settings: Sequence[QueueSettings], now: float) -> Gates:
    """The gates after workers.toml was read. What it does not name any more is free, unless paused by hand."""
    said = {each.name: each for each in settings}
    gone = [_set_free(gate) for name, gate in gates.items() if name not in said]
    return _kept(
        [*gone, *(_configured(gates.get(name, Gate(name)), each, now) for name, each in said.items())]
    )


def paused(gates: Mapping[str, Gate], queue: str) -> Gates:
    """The gates after a queue was paused by hand."""
    return {**gates, queue: replace(gates.get(queue, Gate(queue)), paused=PauseReason.HAND.value)}


def resumed(gates: Mapping[str, Gate], queue: str) -> Gates:
    """The gates after a queue was opened by hand, whatever had closed it."""
    gate = replace(gates.get(queue, Gate(queue)), paused=None, is_held=False)
    return _kept([*(each for each in gates.values() if each.name != queue), gate])


def held(gates: Mapping[str, Gate], queues: Collection[str]) -> Gates:
    """The gates while exactly these queues wait for the mains."""
    named = {name: gates.get(name, Gate(name)) for name in (*gates, *queues)}
    return _kept([replace(gate, is_held=name in queues) for name, gate in named.items()])


def _configured(gate: Gate, settings: QueueSettings, now: float) -> Gate:
    pauses = PauseReason.FILE.value if settings.paused else None
    bucket = gate.bucket
    if settings.rate is not None and settings.rate != gate.rate:
        bucket = full(settings.rate, now)
    return replace(
        gate,
        paused=gate.paused if settings.paused is gate.is_paused_in_file else pauses,
        is_paused_in_file=settings.paused,
        is_held=gate.is_held and settings.pause_on_battery,
        concurrency=settings.concurrency,
        rate_count=settings.rate.count if settings.rate else None,
        rate_period=settings.rate.period if settings.rate else 0.0,
        tokens=bucket.tokens if settings.rate else 0.0,
        filled_at=bucket.filled_at if settings.rate else 0.0,
    )


def _set_free(gate: Gate) -> Gate:
    return Gate(gate.name, paused=None if gate.is_paused_in_file else gate.paused)


def _kept(gates: Sequence[Gate]) -> Gates:
    """Those that stand in the way of something."""
    return {gate.name: gate for gate in gates if astuple(gate)[1:] != _FREE}


_FREE: Final = astuple(Gate(""))[1:]
