"""The photo desk as a program: starts the runtime, shows the page in a window or tells its address, and leaves."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final

from app.desk.pages import desk_pages
from app.desk.service import Desk, NoFolderError
from app.options import Options, read_options
from native_runtime import NativeRuntimeError, Runtime, connect
from native_runtime.desktop.run import run_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.desktop.window import Window

TITLE: Final = "Photo Desk"
_LOOK_EVERY: Final = 0.5  # seconds between looks at the queues, where no news tells that they are empty


def main(words: Sequence[str] | None = None) -> int:
    """Run the desk until it is closed.

    Returns:
        0, or 1 if it could not start; the reason is on stderr.
    """
    options = read_options(sys.argv[1:] if words is None else words)
    try:
        run(options)
    except (NativeRuntimeError, NoFolderError) as error:
        sys.stderr.write(f"photo-desk: {error}\n")
        return 1
    return 0


def run(options: Options) -> None:
    """Start everything, and come back when the desk is left and nothing runs any more.

    Raises:
        NativeRuntimeError: The runtime cannot start; workers.toml or the data folder cannot be used.
        NoFolderError: A folder to import is not there.
    """
    desks: list[Desk] = []
    runtime = Runtime.from_config(options.config, pages={"/desk": desk_pages(lambda: desks[0])})
    runtime.folders.create()  # for this user alone; the catalogue is the first to lie there
    desk = Desk(runtime.folders.data)
    desks.append(desk)

    def on_start(leaving: threading.Event) -> None:
        desk.attach(runtime)
        for folder in options.folders:
            desk.add_folder(folder)
        if options.exit_when_done:
            threading.Thread(target=leave_when_done, args=(runtime, leaving), daemon=True).start()

    def on_open(window: Window) -> None:
        desk.choose_folder, desk.dropped = window.choose_folder, window.dropped

    try:
        is_ours = run_app(
            runtime, title=TITLE, page="/desk/", headless=options.headless, on_start=on_start, on_open=on_open
        )
        if not is_ours:
            hand_over(options, desk)
    finally:
        desk.close()


def hand_over(options: Options, desk: Desk) -> None:
    """Let the desk that runs already import what was asked of this one."""
    with connect(options.config):
        for folder in options.folders:
            desk.add_folder(folder)


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
