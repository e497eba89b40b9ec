"""One running copy of an app: a second launch shows the window of the first and leaves."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final, Protocol
from urllib.error import HTTPError

import click

from native_runtime.cli.running_app import find
from native_runtime.clock import SystemClock
from native_runtime.errors import AlreadyRunningError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime.clock import Clock
    from native_runtime.workers.folders import Folders

PATIENCE: Final = 30.0  # seconds; the other copy may be starting, or ending with jobs that have their grace
WINDOW_PATIENCE: Final = 2.0  # seconds; it has just started and opens its window, or has just closed it
LOOK_EVERY: Final = 0.1  # seconds


class Startable(Protocol):
    """A runtime, as far as starting is concerned."""

    @property
    def folders(self) -> Folders: ...  # noqa: D102

    def start(self) -> None: ...  # noqa: D102


def start_or_show(
    runtime: Startable,
    *,
    say: Callable[[str], object] | None = None,
    clock: Clock | None = None,
    pause: Callable[[float], object] | None = None,
) -> bool:
    """Start the runtime; where another copy of the app runs already, bring its window to the front instead.

    A copy that is about to end is waited for.

    Args:
        runtime: Of this app, not started.
        say: Told in one sentence that another copy runs; by default it stands on stderr.
        clock: Time.
        pause: Waits so many seconds.

    Returns:
        True if the runtime runs; False if the other copy was shown, and this one should leave with exit code 0.

    Raises:
        AlreadyRunningError: The other copy has no window, or does not answer.
    """
    clock, pause = clock or SystemClock(), pause or threading.Event().wait
    silent_until = clock.monotonic() + PATIENCE
    windowless_until = None
    while True:
        try:
            runtime.start()
        except AlreadyRunningError as refused:
            has_window = show(runtime.folders.endpoint)
            if has_window:
                (say or _tell)(f"running already (pid {refused.pid}), its window was brought to the front")
                return False
            now = clock.monotonic()
            # It may have answered without a window only because it was about to end, and end in its own time.
            windowless_until = None if has_window is None else windowless_until or now + WINDOW_PATIENCE
            if now >= (windowless_until or silent_until):
                raise
            pause(LOOK_EVERY)
        else:
            return True


def show(endpoint: Path) -> bool | None:
    """Bring the window of a running app to the front; False if it has none, None if no app answers.

    Args:
        endpoint: Its endpoint file.
    """
    try:
        app = find(endpoint)
        if app is None:
            return None
        app.post("/api/runtime/show")
    except click.ClickException as error:
        return False if isinstance(error.__cause__, HTTPError) else None
    return True


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)  # noqa: T201 - the second launch's own output
