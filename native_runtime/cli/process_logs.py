"""`process:logs`: what a child has printed, from its log file, whether the app runs or not."""

from __future__ import annotations

import codecs
import contextlib
import difflib
import threading
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from native_runtime.cli.locate import App

LOOK_EVERY: Final = 0.2  # seconds


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
    from native_runtime.processes.launcher import file_name
    from native_runtime.processes.log_tail import LogTail

    app = locate(config)
    path = app.folders.logs / f"{file_name(name)}.log"
    if not path.exists() and name not in _children(app):
        raise click.ClickException(unknown_log(name, _logged(app.folders.logs)))
    tail = LogTail(path)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a look may end within a letter
    click.echo(decoder.decode(tail.last_lines(lines)), nl=False)
    with contextlib.suppress(KeyboardInterrupt):
        pause = threading.Event()
        while follow:
            if new := tail.more():
                click.echo(decoder.decode(new), nl=False)
            pause.wait(LOOK_EVERY)


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
