"""The latest lines of a child, of both its streams in the order in which they were read, each knowing which it came from."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Final

from native_runtime.processes.output import RING_BYTES, RING_LINES, Tail


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLine:
    """A line that a child wrote, without its end. `is_error`: to stderr."""

    text: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a child wrote last.

    Attributes:
        lines: Oldest first.
        seq: The number of an event. Every line here was told by then, none after it.
    """

    lines: tuple[OutputLine, ...]
    seq: int


SILENCE: Final = Output(lines=(), seq=0)


class Ring:
    """As many of the latest lines as `RING_LINES` and `RING_BYTES` allow."""

    def __init__(self) -> None:
        self._tail = Tail(RING_BYTES)
        # How many lines in a row came from which stream. Each span has a line, so no more spans are ever asked for.
        self._spans: deque[tuple[bool, int]] = deque(maxlen=RING_LINES)

    def add(self, lines: bytes, count: int, *, is_error: bool) -> None:
        """Append whole lines, `count` of them."""
        self._tail.add(lines)
        if self._spans and self._spans[-1][0] is is_error:
            count += self._spans.pop()[1]
        self._spans.append((is_error, count))

    def latest(self, count: int) -> tuple[str, ...]:
        """At most so many lines, oldest first."""
        return self._tail.latest(min(count, RING_LINES))

    def lines(self, count: int) -> tuple[OutputLine, ...]:
        """The same, and where each came from."""
        texts = self.latest(count)
        newest_first = chain.from_iterable(repeat(is_error, many) for is_error, many in reversed(self._spans))
        streams = reversed(tuple(islice(newest_first, len(texts))))
        return tuple(
            OutputLine(text=text, is_error=is_error) for text, is_error in zip(texts, streams, strict=True)
        )
