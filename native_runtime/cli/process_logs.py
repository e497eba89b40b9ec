"""`process:logs`: what a child has printed, from its log file, whether the app runs or not."""

from __future__ import annotations

import codecs
import contextlib
import difflib
import itertools
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import click

from native_runtime.cli.group import PROGRAM
from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option
from native_runtime.cli.output import pass_on, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from native_runtime.cli.locate import App

LOOK_EVERY: Final = 0.2  # seconds
LOOKS_FOR_THE_APP: Final = 5  # every so many of them


@click.command("process:logs")
@config_option
@click.argument("name")
@click.option("-f", "--follow", is_flag=True, help="Go on with what it prints from now on, until Ctrl-C.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Of what it has printed.",
)
def logs(config: Path | None, name: str, *, follow: bool, lines: int) -> None:
    """What a child has printed, stdout and stderr, also of earlier runs. The app need not run."""
    from native_runtime.processes.log_tail import LogTail

    app = locate(config)
    tail = LogTail(_log_of(app, name))
    decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a look may end within a letter
    with contextlib.suppress(KeyboardInterrupt):
        pass_on(decoder.decode(tail.last_lines(lines)))
        if follow:
            _follow(app, lambda: pass_on(decoder.decode(tail.more())))


class Presence:
    """Whether the app runs, told on stderr when that has changed: a log that stands still should not be a riddle.

    Args:
        app: Whose child is followed.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._is_there = True

    def news(self) -> str:
        """What to tell since the last look; empty if nothing."""
        try:
            is_there = self._app.running() is not None
        except click.ClickException:
            return ""  # it lives, and does not answer in time
        if is_there is self._is_there:
            return ""
        self._is_there = is_there
        name = self._app.config.runtime.app
        return f"{name} runs again" if is_there else f"{name} does not run; what its next run prints follows"


def _follow(app: App, print_more: Callable[[], None]) -> None:
    presence = Presence(app)
    pause = threading.Event()
    for look in itertools.count():
        news = presence.news() if look % LOOKS_FOR_THE_APP == 0 else ""
        print_more()  # what it printed before it ended comes before the news of that
        if news:
            say(f"{PROGRAM}: {news}", err=True)
        pause.wait(LOOK_EVERY)


def _log_of(app: App, name: str) -> Path:
    """Of a child, perhaps of an earlier run.

    Raises:
        ClickException: There never was one of this name.
    """
    from native_runtime.processes.launcher import file_name

    with contextlib.suppress(OSError, UnicodeEncodeError):  # a name that no child, or no file, can have
        path = app.folders.logs / f"{file_name(name)}.log"
        if path.exists() or name in _children(app):
            return path
    raise click.ClickException(unknown_log(name, _logged(app.folders.logs)))


def unknown_log(name: str, known: Sequence[str]) -> str:
    """What to tell somebody who asked for a child that never was."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = (
        f"did you mean {near[0]}?"
        if near
        else f"there are {', '.join(known)}"
        if known
        else "nor has any other"
    )
    return f"no child {name!r} has printed anything; {hint}"


def _children(app: App) -> Sequence[str]:
    """Those that the running app knows: one may not have printed anything yet."""
    running = app.running()
    return [] if running is None else [child["name"] for child in running.status()["children"]]


def _logged(folder: Path) -> list[str]:
    return sorted(unquote(path.stem) for path in folder.glob("*.log"))
