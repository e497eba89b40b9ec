"""Where a value of the configuration comes from: a line of the file, an environment variable, or code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from native_runtime.workers.locator import Locator
    from native_runtime.workers.problem import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value comes from.

    Attributes:
        variable: The environment variable that says it; None if the file does.
        line: In the file, from 1; None if a variable says it.
        column: In that line, from 1.
        is_table: It names a table, whose keys may come from elsewhere.
    """

    variable: str | None = None
    line: int | None = None
    column: int | None = None
    is_table: bool = False

    @classmethod
    def of(cls, path: KeyPath, locator: Locator, variables: Mapping[KeyPath, str]) -> Self:
        """The source of the value at `path`.

        Args:
            path: Of the key, or of an item of its value.
            locator: The file.
            variables: Those that override a key, by its path.
        """
        for length in range(len(path), 0, -1):
            if (variable := variables.get(path[:length])) is not None:
                return cls(variable=variable)
        position = locator.position(path)
        return cls(line=position.line, column=position.column)


def sources_of(
    values: Mapping[str, object], locator: Locator, variables: Mapping[KeyPath, str]
) -> Mapping[KeyPath, Source]:
    """The source of every key that has a value, tables included, by its path."""
    return {
        path: replace(Source.of(path, locator, variables), is_table=isinstance(value, dict))
        for path, value in _walk(values, ())
    }


def _walk(values: Mapping[str, object], above: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    for key, value in values.items():
        yield (*above, key), value
        if isinstance(value, dict):
            yield from _walk(value, (*above, key))
