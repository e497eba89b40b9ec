"""Reads the SQL files beside it: statements by name, and migrations by number."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HERE: Final = Path(__file__).parent
_NAME: Final = "-- name: "


def named_statements(text: str) -> dict[str, str]:
    """The statements of a file in which each follows a line `-- name: …`.

    Args:
        text: The file's content; comments between the name and the statement belong to it.
    """
    statements: dict[str, str] = {}
    for part in f"\n{text}".split(f"\n{_NAME}")[1:]:
        name, _, statement = part.partition("\n")
        statements[name.strip()] = statement.strip().rstrip(";")
    return statements


def load_statements(file: str = "jobs.sql", **fragments: str) -> Mapping[str, str]:
    """All statements of a file beside this one, with `{fragment}` replaced by the text given for it."""
    text = (_HERE / file).read_text(encoding="utf-8")
    for name, fragment in fragments.items():
        text = text.replace(f"{{{name}}}", fragment)
    return named_statements(text)


def load_migrations() -> list[list[str]]:
    """The statements of each migration; the first brings a new file to schema version 1."""
    return [
        list(_split(path.read_text(encoding="utf-8")))
        for path in sorted((_HERE / "migrations").glob("*.sql"))
    ]


def _split(script: str) -> Iterator[str]:
    # `executescript` would commit between two statements; a migration must be all or nothing.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
