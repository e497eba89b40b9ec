"""Where each key of a TOML text stands: `tomllib` gives the values, this gives line, column and extent."""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from native_runtime.workers.problem import KeyPath


class Position(NamedTuple):
    """A place in a text; both start at 1, columns count characters."""

    line: int
    column: int


class Pair(NamedTuple):
    """`key = value`, as offsets into the text.

    Attributes:
        table: The table in whose section or braces it stands; a dotted key may go deeper.
        start: Where the key begins.
        value: Where the value begins.
        end: Just behind the value.
        is_inline: It stands between braces.
    """

    table: KeyPath
    start: int
    value: int
    end: int
    is_inline: bool


class Again(NamedTuple):
    """A key or section that stands twice; offsets of both places."""

    path: KeyPath
    first: int
    second: int


_GAP: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")  # between items of arrays, and between statements
_BLANK: Final = re.compile(r"[ \t]*")
_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|'[^'\n]*'|"(?:[^"\\\n]|\\.)*\"""")
_STRING: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*\'''', re.DOTALL
)
_PLAIN: Final = re.compile(r"[^,\]}#\r\n]*[^,\]}#\r\n \t]")  # numbers, booleans, dates


class Locator:
    """Finds keys in a text that `tomllib` has accepted.

    Of what it would refuse, everything before the first place that cannot be read is found.

    Attributes:
        pairs: Each `key = value` by its whole path, in the text's order.
        sections: Where each header `[path]` ends, by path, in the text's order.
        again: What stands twice, in the text's order.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = Lines(text)
        self._at = 0
        self._found: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}  # of arrays of tables, so far
        self._headers: dict[KeyPath, int] = {}
        self.pairs: dict[KeyPath, Pair] = {}
        self.sections: dict[KeyPath, int] = {}
        self.again: list[Again] = []
        with contextlib.suppress(ValueError, RecursionError):  # no valid TOML from there on
            self._read_file()

    def position(self, path: KeyPath) -> Position:
        """Where the key or list item at `path` stands first; of what is not there, where its nearest parent does."""
        while path and path not in self._found:
            path = path[:-1]
        return self._lines.position(self._found.get(path, 0))

    def holds(self, path: KeyPath) -> bool:
        """True if something stands in the text at `path`."""
        return path in self._found

    def place(self, offset: int) -> Position:
        """Line and column of a character."""
        return self._lines.position(offset)

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
                self._note_section(table, header)
            else:
                self._read_pair(table, is_inline=False)
            self._skip(_GAP)

    def _note_section(self, path: KeyPath, start: int) -> None:
        first = self._headers.setdefault(path, start)
        if path in self.sections:
            self.again.append(Again(path, first, start))
        elif path in self.pairs:
            self.again.append(Again(path, self.pairs[path].start, start))
        self.sections.setdefault(path, self._at)

    def _read_pair(self, table: KeyPath, *, is_inline: bool) -> None:
        self._skip(_BLANK)
        start = self._at
        path = self._read_key(table)
        if path in self.pairs or path in self.sections:
            first = self.pairs[path].start if path in self.pairs else self._headers[path]
            self.again.append(Again(path, first, start))
        self._take("=")
        self._skip(_BLANK)
        value = self._at
        self._read_value(path)
        self.pairs.setdefault(path, Pair(table, start, value, self._at, is_inline))

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
            self._read_pair(path, is_inline=True)
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
            raise ValueError("not valid TOML")
        self._at = found.end()
        return found.group()

    def _take(self, mark: str) -> bool:
        """Step over `mark` if it comes next."""
        comes = self._text.startswith(mark, self._at)
        self._at += len(mark) * comes
        return comes


class Lines:
    """Line and column of every character of a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def position(self, offset: int) -> Position:
        """Line and column of the character at `offset`."""
        line = bisect_right(self._starts, offset, hi=len(self._starts) - 1)
        return Position(line, offset - self._starts[line - 1] + 1)


def _unquote(key: str) -> str:
    """The name that a bare or quoted key stands for."""
    if not key.startswith(('"', "'")):
        return key
    import tomllib  # only here: an app may be configured without a file

    value = tomllib.loads(f"key = {key}")["key"]  # the one place that knows all escapes
    return str(value)
