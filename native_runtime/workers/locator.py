"""Where each key of a valid TOML text stands: `tomllib` gives the values, this gives line and column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from native_runtime.workers.problem import KeyPath


class Position(NamedTuple):
    """A place in a text; both start at 1, columns count characters."""

    line: int
    column: int


_GAP: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")  # between items of arrays, and between statements
_BLANK: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|'[^']*'|"(?:[^"\\]|\\.)*\"""")
_STRING: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*\'''', re.DOTALL
)
_PLAIN: Final = re.compile(r"[^,\]}#\n]+")  # numbers, booleans, dates


class Locator:
    """Finds keys in a text that `tomllib` has accepted; of what it would refuse, nothing is promised."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._found: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}  # of arrays of tables, so far
        self._read_file()

    def position(self, path: KeyPath) -> Position:
        """Where the key or list item at `path` stands first; of what is not there, where its nearest parent does."""
        while path and path not in self._found:
            path = path[:-1]
        return position_at(self._text, self._found.get(path, 0))

    def _read_file(self) -> None:
        table: KeyPath = ()
        self._skip(_GAP)
        while self._at < len(self._text):
            header = self._at
            if self._take("[["):
                table = self._next_of_array(self._read_key(()), header)
                self._take("]]")
            elif self._take("["):
                table = self._read_key(())
                self._take("]")
            else:
                self._read_pair(table)
            self._skip(_GAP)

    def _read_pair(self, table: KeyPath) -> None:
        path = self._read_key(table)
        self._take("=")
        self._skip(_BLANK)
        self._read_value(path)

    def _read_key(self, table: KeyPath) -> KeyPath:
        """Read a dotted key below `table`, and note where each of its parts stands."""
        path = table
        while True:
            self._skip(_BLANK)
            start = self._at
            path = (*self._latest(path), _unquote(self._match(_KEY)))
            self._found.setdefault(path, start)
            self._skip(_BLANK)
            if not self._take("."):
                return path

    def _read_value(self, path: KeyPath) -> None:
        if self._text.startswith(('"', "'"), self._at):
            self._match(_STRING)
        elif self._take("["):
            self._read_array(path)
        elif self._take("{"):
            self._read_inline_table(path)
        else:
            self._match(_PLAIN)

    def _read_array(self, path: KeyPath) -> None:
        index = 0
        self._skip(_GAP)
        while not self._take("]"):
            self._found.setdefault((*path, index), self._at)
            self._read_value((*path, index))
            self._skip(_GAP)
            self._take(",")
            self._skip(_GAP)
            index += 1

    def _read_inline_table(self, path: KeyPath) -> None:
        self._skip(_GAP)
        while not self._take("}"):
            self._read_pair(path)
            self._skip(_GAP)
            self._take(",")
            self._skip(_GAP)

    def _next_of_array(self, path: KeyPath, header: int) -> KeyPath:
        """The table that one more `[[path]]`, standing at `header`, opens."""
        index = self._lengths.get(path, 0)
        self._lengths[path] = index + 1
        self._found[*path, index] = header
        return (*path, index)

    def _latest(self, path: KeyPath) -> KeyPath:
        """Below an array of tables, keys belong to its latest table."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"{position_at(self._text, self._at)}: not valid TOML")
        self._at = found.end()
        return found.group()

    def _take(self, mark: str) -> bool:
        """Step over `mark` if it comes next."""
        comes = self._text.startswith(mark, self._at)
        self._at += len(mark) * comes
        return comes


def position_at(text: str, offset: int) -> Position:
    """Line and column of a character."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Position(text.count("\n", 0, offset) + 1, offset - line_start + 1)


def _unquote(key: str) -> str:
    """The name that a bare or quoted key stands for."""
    if not key.startswith(('"', "'")):
        return key
    import tomllib  # only here: an app may be configured without a file

    value = tomllib.loads(f"key = {key}")["key"]  # the one place that knows all escapes
    return str(value)
