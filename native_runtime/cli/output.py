"""How answers look: JSON for programs, tables for people."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from native_runtime.cli.letters import harmless, has_all_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PIPE_WIDTH: Final = 240  # columns


def say(text: str = "", *, err: bool = False) -> None:
    """A line, or several, on stdout or stderr. Whoever wrote the text, it does nothing to the terminal."""
    _put(f"{harmless(text)}\n", sys.stderr if err else sys.stdout)


def pass_on(text: str) -> None:
    """What a program has printed, as it is; its colours only where stdout is a terminal."""
    _put(text, sys.stdout)


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """With letters of every script as they are, where the encoding has them all, else with JSON's escapes."""
    escapes = not has_all_letters(getattr(sys.stdout, "encoding", None))
    _put(f"{json.dumps(document, indent=indent, ensure_ascii=escapes)}\n", sys.stdout)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table, or the sentence `empty` where there is no row."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Text: what a job says is never markup
    cells = [[Text(harmless(_cell(value))) for value in row] for row in rows]
    if not cells:
        say(empty)
        return
    table = Table(title=Text(harmless(title), style="bold"), title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column == "id", overflow="fold")  # ids are there to be copied
    for row in cells:
        table.add_row(*row)
    Console(width=screen_columns()).print(table)


def screen_columns() -> int:
    """How wide the output may be."""
    # A pipe has no width: what is read by `grep` and `less` keeps its rows whole.
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if is_terminal else PIPE_WIDTH


def seconds(value: float | None) -> str:
    """A duration to read: `0.4 s`, `12 s`, `3 min`, `2.5 h`."""
    if value is None:
        return "–"
    for limit, divisor, unit, digits in ((1, 1, "s", 1), (120, 1, "s", 0), (7200, 60, "min", 0)):
        if value < limit:
            return f"{value / divisor:.{digits}f} {unit}"
    return f"{value / 3600:.1f} h"


def moment(iso: str | None) -> str:
    """A time to read, from ISO 8601 in UTC: `2026-01-31 12:00:00`."""
    return "–" if iso is None else iso[:19].replace("T", " ")


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 job`, `2 jobs`; `plural` where it is not the noun with an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def _put(text: str, stream: TextIO) -> None:
    # Named, because click would else take an encoding of its own choice where the stream says ASCII.
    click.echo(text, file=stream, nl=False)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return "yes" if value is True else "" if value is False else str(value)
