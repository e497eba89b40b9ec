"""The photo desk as a program: starts the runtime, shows the page in a window or tells its address, and leaves."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from app.desk.pages import desk_pages
from app.desk.service import Desk, NoFolderError
from app.options import Options, read_options
from native_runtime import NativeRuntimeError, Runtime
from native_runtime.desktop.display import NoWindowError
from native_runtime.desktop.host import leave_when_stopped, leaving_on_signals, wait_on_main_thread
from native_runtime.desktop.window import Window, open_window

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE: Final = "Photo Desk"
_PAGE: Final = "/desk/"
_LOOK_EVERY: Final = 0.5  # seconds between looks at the queues, where no news tells that they are empty


def main(words: Sequence[str] | None = None) -> int:
    """Run the desk until it is closed.

    Returns:
        0, or 1 if it could not start; the reason is on stderr.
    """
    options = read_options(sys.argv[1:] if words is None else words)
    try:
        with leaving_on_signals() as leaving:
            run(options, leaving)
    except (NativeRuntimeError, NoFolderError) as error:
        sys.stderr.write(f"photo-desk: {error}\n")
        return 1
    return 0


def run(options: Options, leaving: threading.Event) -> None:
    """Start everything, and come back when `leaving` is set and nothing runs any more.

    Raises:
        NativeRuntimeError: The runtime cannot start, or workers.toml cannot be used.
        NoFolderError: A folder to import is not there.
    """
    desks: list[Desk] = []
    runtime = Runtime.from_config(options.config, pages={"/desk": desk_pages(lambda: desks[0])})
    desk = Desk(runtime.folders.data)
    desks.append(desk)
    try:
        with runtime:
            desk.attach(runtime)
            for folder in options.folders:
                desk.add_folder(folder)
            leave_when_stopped(runtime, leaving)
            if options.exit_when_done:
                threading.Thread(target=leave_when_done, args=(runtime, leaving), daemon=True).start()
            _show(runtime, desk, options, leaving)
    finally:
        desk.close()


def leave_when_done(runtime: Runtime, leaving: threading.Event) -> None:
    """Set `leaving` once no queue has anything to do any more."""
    queue = runtime.queue
    while not leaving.is_set():
        news = queue.news
        counts = queue.driver.counts(now=queue.clock.epoch())
        if not any(each.ready or each.delayed or each.running for each in counts):
            leaving.set()
            return
        queue.wait_for_news(news, _LOOK_EVERY)


def page_address(panel: str) -> str:
    """The desk's address with the secret, from the panel's."""
    return urlsplit(panel)._replace(path=_PAGE).geturl()


def _show(runtime: Runtime, desk: Desk, options: Options, leaving: threading.Event) -> None:
    def on_open(window: Window) -> None:
        desk.choose_folder, desk.dropped = window.choose_folder, window.dropped

    page = page_address(runtime.url)
    _say(f"{TITLE}: {page}")
    _say(f"Status panel: {runtime.url}")
    if not options.headless:
        try:
            open_window(page, TITLE, leaving=leaving, on_open=on_open)
        except NoWindowError as error:
            sys.stderr.write(
                f"photo-desk: {error}. Going on without one: open the address above in a browser.\n"
            )
    wait_on_main_thread(leaving)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
