"""A value that was given as plain text, by an environment variable or on the command line, read as its key wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from native_runtime.workers.kinds import Choice, Pattern, Text, Url
from native_runtime.workers.problem import KeyPath
from native_runtime.workers.shapes import Either, ListOf, NamedTables, Table

if TYPE_CHECKING:
    from native_runtime.workers.kinds import Kind


def read_given(kind: Kind | None, text: str) -> Any:
    """The value that `text` means.

    What must be text is taken as it is, without quotes; a list may be words with commas between them; everything
    else is written as in the file. What cannot be read stays text, for the checks to refuse.

    Args:
        kind: What the key must be; None if nobody knows the key.
        text: What was given.
    """
    match kind:
        case Text() | Pattern() | Url():
            return text
        case Choice() if all(isinstance(word, str) for word in kind.words):
            return text
        case Either() if isinstance(kind.compound, Table) and not text.lstrip().startswith("{"):
            return read_given(kind.plain, text)
        case ListOf() if not text.lstrip().startswith("["):
            return [read_given(kind.item, word.strip()) for word in text.split(",")] if text.strip() else []
        case Either() if "," in text and not text.lstrip().startswith(("[", "{")):
            return read_given(kind.compound, text)
        case _:
            return _read_toml(text)


def kind_at(kind: Kind, path: KeyPath) -> Kind | None:
    """What the value at `path` must be; None if there is no such key."""
    for part in path:
        table = kind.compound if isinstance(kind, Either) else kind
        if isinstance(table, Table) and part in table.keys:
            kind = table.keys[str(part)]
        elif isinstance(table, NamedTables):
            kind = table.item
        else:
            return None
    return kind


def _read_toml(text: str) -> Any:
    import tomllib  # only here: an app may be configured without a file

    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return (
        values["value"] if values.keys() == {"value"} else text
    )  # a line break in it could begin another key
