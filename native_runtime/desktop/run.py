"""A desktop app from start to end: only one copy of it, its runtime, its window, and leaving cleanly."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from native_runtime.desktop.display import NoWindowError, missing_display
from native_runtime.desktop.host import leave_when_stopped, leaving_on_signals, wait_on_main_thread
from native_runtime.desktop.single_instance import start_or_show
from native_runtime.desktop.window import Window, open_window

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from native_runtime.runtime import Runtime


def run_app(
    runtime: Runtime,
    *,
    title: str,
    page: str = "/",
    headless: bool = False,
    keep_running: bool = False,
    window: Callable[[threading.Event], object] | None = None,
    on_start: Callable[[threading.Event], object] = lambda _leaving: None,
    on_open: Callable[[Window], object] = lambda _window: None,
) -> bool:
    """Run the app until its window is closed, it is asked to stop, or Ctrl-C. Call it on the main thread.

    Where no window can be opened, one line says what is missing, and the app goes on in any browser.

    Args:
        runtime: Of this app, with its gateway, not started.
        title: Of the window; also how the app calls itself on stdout and stderr.
        page: What the window shows: a path of the runtime's `pages`, or `/` for the status panel.
        headless: Open no window; the addresses are on stdout.
        keep_running: Closing the window only hides it: work goes on, and a second launch shows it again.
        window: Opens a window of another toolkit than pywebview, for which `page`, `keep_running` and `on_open` do not count.
            Called on the main thread, with an event after which it is to close the window soon; returns when the window is
            closed. Tell `runtime.window.on_show` how a second launch brings it to the front.
        on_start: Called once the runtime runs, with the event that ends the app when it is set.
        on_open: Called on a thread of its own once the window is there.

    Returns:
        True once all is stopped; False if another copy of the app was shown instead.

    Raises:
        NativeRuntimeError: The runtime cannot start.
    """
    with leaving_on_signals() as leaving:
        if headless:
            runtime.start()
        elif not start_or_show(runtime, say=lambda sentence: _complain(title, sentence)):
            return False
        with runtime:
            leave_when_stopped(runtime, leaving)
            on_start(leaving)
            address = runtime.link(page)
            print(f"{title}: {address}\nStatus panel: {runtime.url}", flush=True)  # noqa: T201 - the app's own output
            if not headless:
                with _going_on_without(title):
                    if window is None:
                        open_window(
                            address,
                            title,
                            leaving=leaving,
                            keep_running=keep_running,
                            slot=runtime.window,
                            on_open=on_open,
                        )
                    else:
                        _open_own(window, leaving)
            wait_on_main_thread(leaving)
    return True


@contextmanager
def _going_on_without(title: str) -> Iterator[None]:
    try:
        yield
    except NoWindowError as error:
        _complain(title, f"{error}. Going on without one: open the address above in a browser.")


def _open_own(window: Callable[[threading.Event], object], leaving: threading.Event) -> None:
    missing = missing_display()
    if missing is not None:
        raise missing
    window(leaving)
    leaving.set()


def _complain(title: str, sentence: str) -> None:
    print(f"{title}: {sentence}", file=sys.stderr, flush=True)  # noqa: T201 - the app's own output
