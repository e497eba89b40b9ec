"""A page in a pywebview window as a place to hear of events: `pywebview.tell(window, runtime.events(…))`."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Final

import msgspec

from native_runtime.clock import SystemClock
from native_runtime.events import to_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.clock import Clock
    from native_runtime.events import Event, Events

AT_ONCE: Final = 200  # events that one script tells
PAUSE: Final = 0.02  # seconds, at least, between two scripts

log = logging.getLogger("native_runtime.desktop")

_TELL: Final = (
    "for (const detail of %s) window.dispatchEvent(new CustomEvent('native-runtime', { detail })); null"
)


def tell(window: Any, events: Events[Any], *, clock: Clock | None = None) -> None:
    """Have the page hear of `events`, each as an event `native-runtime` of its window. Returns at once.

    In the page: `window.addEventListener("native-runtime", ({ detail }) => …)`, where `detail` is the event as in
    docs/gateway.md, with its `type`. The next ones are told when the page has heard those before, and has been left in
    peace for as long as it took; more than can be told wait as for any subscriber, so ask for brief news of jobs.
    It ends when the window is closed or `events` are.

    Args:
        window: Of pywebview. May be called before its page is loaded.
        events: For instance `runtime.events(JobProgress, JobSucceeded, brief=True)`.
        clock: Time.
    """
    window.events.closed += events.close
    teller = _Teller(window, events, clock or SystemClock())
    threading.Thread(target=teller.run, name="native-runtime page", daemon=True).start()


class _Teller:
    """Works on a thread of its own, since a script is waited for."""

    def __init__(self, window: Any, events: Events[Any], clock: Clock) -> None:
        self._window = window
        self._events = events
        self._clock = clock
        self._never = threading.Event()  # to wait for so long, and no longer

    def run(self) -> None:
        """Tell until the events end, or nobody is there any more."""
        self._window.events.loaded.wait()
        with self._events:
            while waiting := self._events.take():
                for start in range(0, len(waiting), AT_ONCE):
                    if not self._tell(waiting[start : start + AT_ONCE]):
                        return

    def _tell(self, events: Sequence[Event]) -> bool:
        if self._events.is_closed:
            return False
        began = self._clock.monotonic()
        try:
            self._window.run_js(script_of(events))
        except Exception:  # whatever the toolkit of this platform raises
            log.exception("the page of window %r is told of events no more", self._window.title)
            return False
        self._never.wait(max(PAUSE, self._clock.monotonic() - began))
        return True


def script_of(events: Sequence[Event]) -> str:
    """JavaScript that dispatches `events` in a page."""
    text = msgspec.json.encode([to_wire(event) for event in events]).decode()
    # Valid in JSON, and the end of a line to old engines.
    return _TELL % text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
