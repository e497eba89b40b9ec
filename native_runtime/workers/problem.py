"""One thing that is wrong in workers.toml: where, and in which words a person is told."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from native_runtime.errors import ConfigProblem, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top of the file: `("workers", "mail", "queues", 0)`."""

MOST_PROBLEMS: Final = 100
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_SHOWN: Final = 60  # characters of a value that a message repeats


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the value at `path`; `text` is `expected …, got …`."""

    path: KeyPath
    text: str


def first_of(problems: Sequence[ConfigProblem]) -> list[ConfigProblem]:
    """As many as a person may want to read at once; of more, only that there are more."""
    if len(problems) <= MOST_PROBLEMS:
        return list(problems)
    more = ConfigProblem(text=f"and more: only the first {MOST_PROBLEMS} problems are told")
    return [*problems[:MOST_PROBLEMS], more]


def misfit(path: KeyPath, expected: str, got: object) -> Problem:
    """The value at `path` is not what was expected."""
    return Problem(path, f"expected {expected}, got {show_value(got)}")


def unknown_key(path: KeyPath, known: Collection[str]) -> Problem:
    """The last key of `path` does not exist here; names the nearest that does."""
    near = nearest(str(path[-1]).replace("-", "_").lower(), known)
    hint = f"did you mean '{near}'?" if near else f"expected one of: {', '.join(known)}"
    return Problem(path, f"unknown key; {hint}")


def show_path(path: KeyPath) -> str:
    """The key path as a person would write it: `workers."my mail".queues[0]`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            bare = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            shown += f".{bare}" if shown else bare
    return shown


def show_value(value: object) -> str:
    """A value of the file in a message, in TOML's words and not too long."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, int) and value.bit_length() > _LONGEST_SHOWN:
        return "a number with a great many digits"  # Python refuses to print the longest of them
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"
