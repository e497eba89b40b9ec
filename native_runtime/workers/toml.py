"""From text to values by `tomllib`; what it refuses is told with every place that has a part in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from native_runtime.errors import ConfigError, ConfigProblem
from native_runtime.workers.locator import Lines, Locator, Position
from native_runtime.workers.problem import first_of, show_path, show_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WHERE: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_ONE_PAIR: Final = re.compile(
    r"[ \t]*[\w\"'.-]+[ \t]*=[^\[\{\n]*\r?", re.ASCII
)  # opens nothing that goes on below
_DEEP_KEY: Final = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){100}"""
)
_MOST_ERRORS: Final = 10  # parsed again behind each


def parse(text: str, path: Path) -> dict[str, Any]:
    """The values of a TOML text.

    Raises:
        ConfigError: It is no valid TOML; holds every mistake that can be told apart, what stands twice with both places.
    """
    import tomllib  # only here: an app may be configured without a file

    if deep := _DEEP_KEY.search(text):  # reading such a key takes time by the square of its parts
        place = Lines(text).position(deep.start())
        raise ConfigError([_problem(path, place, "expected a key of less than 100 parts, got more")])
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError([too_deep(path)]) from None
    except ValueError as error:  # a TOMLDecodeError, or a number with thousands of digits
        raise ConfigError(first_of(list(_mistakes(text, path, error)))) from None


def too_deep(path: Path) -> ConfigProblem:
    """What to tell of tables or lists in each other that nobody can read."""
    return ConfigProblem(
        source=path.name, line=1, column=1, text="expected at most some hundred levels, got more"
    )


def _mistakes(text: str, path: Path, error: ValueError) -> Iterator[ConfigProblem]:
    """The mistake that stopped the parser and, as far as lines can be read alone, those behind it."""
    import tomllib

    doubles = _doubles(text, path)
    lines = text.split("\n")
    wrong: ValueError | None = error
    for _ in range(_MOST_ERRORS):
        if wrong is None:
            return
        problem, place = _told(wrong, "\n".join(lines), path)
        if _is_about_a_double(wrong) and doubles:
            yield from doubles
            return
        yield problem
        line = lines[place.line - 1]
        if not _ONE_PAIR.fullmatch(line) or place.column <= line.index("="):
            return  # what follows may be part of the same mistake
        lines[place.line - 1] = ""
        try:
            tomllib.loads("\n".join(lines))
            wrong = None
        except (ValueError, RecursionError) as next_one:
            wrong = next_one if isinstance(next_one, ValueError) else None


def _told(error: ValueError, text: str, path: Path) -> tuple[ConfigProblem, Position]:
    found = _WHERE.fullmatch(str(error))
    what = found[1] if found else str(error)
    at_the_end = Lines(text).position(len(text.rstrip()))
    place = Position(int(found[2]), int(found[3])) if found and found[2] else at_the_end
    return _problem(path, place, f"not valid TOML: {_in_words(what, text, place)}"), place


def _in_words(what: str, text: str, place: Position) -> str:
    """What the parser says, with what stands there."""
    rest = text.split("\n")[place.line - 1][place.column - 1 :].partition("#")[0].strip()
    got = show_value(rest) if rest else "the end of the line"
    if what == "Invalid value":
        hint = "; text stands in quotes" if rest[:1].isalpha() else ""
        return f"expected a value, got {got}{hint}"
    shown = f"{what[:1].lower()}{what[1:]}"
    return f"{shown}, got {got}" if what.startswith("Expected") else shown


def _is_about_a_double(error: ValueError) -> bool:
    return str(error).startswith(("Cannot overwrite", "Cannot declare", "Duplicate inline"))


def _doubles(text: str, path: Path) -> list[ConfigProblem]:
    """What stands twice, each with both places."""
    locator = Locator(text)
    return [
        _problem(
            path,
            locator.place(each.second),
            f"stands twice, first in line {locator.place(each.first).line}; remove or rename one of them",
            key=show_path(each.path),
        )
        for each in locator.again
    ]


def _problem(path: Path, place: Position, text: str, *, key: str = "") -> ConfigProblem:
    return ConfigProblem(source=path.name, key=key, line=place.line, column=place.column, text=text)
