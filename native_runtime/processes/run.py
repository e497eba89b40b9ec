"""One run of a child, from spawn to exit: its process, its output, its control messages, and what is known of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import msgspec

from native_runtime.events import Cause
from native_runtime.processes.events import ErrorReceived, MessageReceived
from native_runtime.processes.output import LineFramer, OutputStream, to_text
from native_runtime.processes.ring import Output, Ring
from native_runtime.processes.spawner import Listener
from native_runtime.processes.speaker import Speaker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.events import EventBus
    from native_runtime.processes.exit_status import Asked
    from native_runtime.processes.log_file import LogFile
    from native_runtime.processes.readiness import Ready
    from native_runtime.processes.spawner import Process
    from native_runtime.processes.vitals import Vitals

BATCH_INTERVAL: Final = 0.05  # seconds; output is told in batches, so that a flood is some events a second
MEMORY_SAMPLES: Final = 60

_EVENT_OF_STREAM: Final = {"stdout": MessageReceived, "stderr": ErrorReceived}


class Run:
    """Owned by the loop's thread.

    Attributes:
        marker: What it and all its descendants bear in their environment.
        asked: Why we ended it ourselves, if we did.
        detail: One sentence about that.
        leaving: What the child announced about its own exit, or None.
        back_in: Seconds in which it is of use again, as announced; None if it announced no exit.
        job: What it was at when it ended, `{"id", "name", "attempt"}`; None if at nothing, or while that is not known.
        is_over: The process has ended, though what it held may still be released.
        swept: Done once nobody of its tree is left; None while it lives.
        ready_at: Monotonic seconds, or None while it is not ready.
        memory: `(seconds since spawn, resident bytes)` samples.
    """

    def __init__(
        self,
        name: str,
        process: Process,
        *,
        marker: str,
        started_at: float,
        loop: asyncio.AbstractEventLoop,
        bus: EventBus,
        log: LogFile,
    ) -> None:
        self.process = process
        self.pid = process.pid
        self.marker = marker
        self.started_at = started_at
        self.asked: Asked | None = None
        self.detail = ""
        self.leaving: str | None = None
        self.back_in: float | None = None
        self.job: Mapping[str, Any] | None = None
        self.is_over = False
        self.swept: asyncio.Future[None] | None = None
        self.ready_at: float | None = None
        self.memory: deque[tuple[float, int]] = deque(maxlen=MEMORY_SAMPLES)
        self._name = name
        self._loop = loop
        self._bus = bus
        self._log = log
        self._ring = Ring()
        self._streams = {
            stream: OutputStream(self._ring, is_error=kind is ErrorReceived)
            for stream, kind in _EVENT_OF_STREAM.items()
        }
        self._control = LineFramer()
        self._speaker = Speaker()
        self._wanted: re.Pattern[str] | None = None
        self._seen: asyncio.Future[None] = loop.create_future()
        self._flush: asyncio.TimerHandle | None = None
        self._heard: float | None = None  # when the first output came that waits to be told

    @property
    def is_blameless(self) -> bool:
        """Its end says nothing against it: the job it was at had ended others before."""
        return self.job is not None and self.job["attempt"] > 1

    def listen(
        self, *, on_message: Callable[[Mapping[str, Any]], None], on_exit: Callable[[int], None]
    ) -> None:
        """Begin: `on_message` gets each control message, `on_exit` the return code, last."""

        def exited(returncode: int) -> None:
            self._close_output()
            on_exit(returncode)

        def control(chunk: bytes) -> None:
            for line in self._control.feed(chunk).splitlines():
                message = _parse(line)
                if message is not None and message.get("ev") == "output":
                    self._speaks_for(message)  # of no interest to others, and perhaps as frequent as jobs are
                elif message is not None:
                    on_message(message)

        self.process.listen(
            self._loop, Listener(on_output=self._on_output, on_control=control, on_exit=exited)
        )

    def leaves(self, message: Mapping[str, Any]) -> None:
        """The child announced its exit: a `leaving` of docs/control-channel.md."""
        back_in = message.get("back_in", 0.0)
        self.leaving = str(message.get("reason", ""))
        self.back_in = float(back_in) if isinstance(back_in, int | float) and back_in > 0 else 0.0

    def send(self, message: Mapping[str, object]) -> bool:
        """Send a control message; False if there is no channel."""
        return self.process.send_control(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    async def becomes_ready(self, ready: Ready, vitals: Vitals) -> bool:
        """Wait until it is ready; False when the time for that is over."""
        if ready.probe.line is None:
            return await vitals.become_ready(ready)
        self._wanted = re.compile(ready.probe.line)
        done, _ = await asyncio.wait([self._seen], timeout=ready.timeout)
        return bool(done)

    def last_lines(self, count: int) -> tuple[str, ...]:
        """The latest output lines, oldest first."""
        return self._ring.latest(count)

    def output(self, count: int) -> Output:
        """The same with their streams, and the event up to which they were told: what waited for that is told now."""
        if self._flush is not None:
            self._flush.cancel()
            self._publish_output()
        return Output(lines=self._ring.lines(count), seq=self._bus.last_seq)

    def _speaks_for(self, message: Mapping[str, Any]) -> None:
        cause = Cause(tuple(map(str, message.get("cause", ()))))
        self._speaker.turns_to(cause, now=self._loop.time(), heard=self._heard)

    def _on_output(self, stream: str, chunk: bytes) -> None:
        self._log.write(chunk)
        lines = self._streams[stream].feed(chunk)
        if self._wanted and any(self._wanted.search(to_text(line)) for line in lines.split(b"\n")[:-1]):
            self._wanted = None
            if not self._seen.done():
                self._seen.set_result(None)
        if self._flush is None:
            self._heard = self._loop.time()
            self._flush = self._loop.call_later(BATCH_INTERVAL, self._publish_output)

    def _publish_output(self) -> None:
        self._flush = None
        heard, self._heard = self._heard, None
        cause = self._speaker.cause(since=self._loop.time() if heard is None else heard)
        for name, stream in self._streams.items():
            if stream.has_batch:
                lines, dropped = stream.take_batch()
                event = _EVENT_OF_STREAM[name](name=self._name, lines=lines, dropped=dropped)
                self._bus.publish(event, cause=cause)

    def _close_output(self) -> None:
        if self._flush:
            self._flush.cancel()
        for stream in self._streams.values():
            stream.flush()
        self._publish_output()


def _parse(line: bytes) -> Mapping[str, Any] | None:
    # Whatever a broken child writes there must not reach the supervisor as an exception.
    try:
        message = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
