"""One key of a TOML text set or removed; whatever else stands in the text stays byte for byte. Pure.

The text is cut at the key's own place and nothing else is written anew: see docs/decisions/0010.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from native_runtime.errors import ConfigError, ConfigProblem
from native_runtime.workers.locator import Locator
from native_runtime.workers.problem import show_path

if TYPE_CHECKING:
    from native_runtime.workers.locator import Pair
    from native_runtime.workers.problem import KeyPath

_BLANKS: Final = " \t"


def set_key(text: str, path: KeyPath, value: object) -> str:
    """The text with `value` at `path`: in the place of the old value, else at the end of its section.

    Args:
        text: Valid TOML, with line ends of either kind.
        path: Of a key in `[runtime]`, or in a section such as `[workers.mail]`, which is made where it is missing.
        value: Text, a number, true or false, or a list or table of those.

    Raises:
        ConfigError: TOML has no such value, or the key cannot stand there.
    """
    locator = Locator(text)
    shown = _render(value, path)
    if (pair := locator.pairs.get(path)) is not None:
        return text[: pair.value] + shown + text[pair.end :]
    home = path[: 1 if path[:1] == ("runtime",) else 2]
    if locator.holds(path) or len(path) <= len(home):
        raise _refused(path, "is a section, not a value; name one of its keys")
    for length in range(len(path) - 1, 0, -1):
        if (table := locator.pairs.get(path[:length])) is not None:
            return _insert_inline(text, table, path, length, shown)
    if (behind := _last_statement(locator, path, home)) is not None:
        below, start, end = behind
        return _insert_line(text, start, end, f"{show_path(path[len(below) :])} = {shown}")
    return _append_section(text, home, f"{show_path(path[len(home) :])} = {shown}")


def remove_key(text: str, path: KeyPath) -> str:
    """The text without the key at `path` and, where it has its line alone, without the comment behind it.

    Raises:
        ConfigError: There is no such key, or it is a section.
    """
    locator = Locator(text)
    pair = locator.pairs.get(path)
    if pair is None:
        held = locator.holds(path)
        raise _refused(path, "is a section; remove its keys one by one" if held else "is not in the file")
    if pair.is_inline:
        return _remove_inline(text, pair)
    return text[: _line_start(text, pair.start)] + text[_line_end(text, pair.end) :]


def _insert_inline(text: str, table: Pair, path: KeyPath, length: int, shown: str) -> str:
    if text[table.value] != "{":
        got = text[table.value : table.end]
        raise _refused(path[:length], f"expected a table to set a key of, got {got}; set it as a whole")
    pair = f"{show_path(path[length:])} = {shown}"
    inner = text[table.value + 1 : table.end - 1]
    if not inner.strip():
        return f"{text[: table.value]}{{ {pair} }}{text[table.end :]}"
    end = table.value + 1 + len(inner.rstrip())
    return f"{text[:end]}, {pair}{text[end:]}"


def _remove_inline(text: str, pair: Pair) -> str:
    behind = pair.end + len(text[pair.end :]) - len(text[pair.end :].lstrip(_BLANKS))
    if text[behind] == ",":
        after = text[behind + 1 :]
        return text[: pair.start] + after.lstrip(_BLANKS)
    before = text[: pair.start].rstrip(_BLANKS)
    return (before.removesuffix(",") if before.endswith(",") else text[: pair.start]) + text[pair.end :]


def _last_statement(locator: Locator, path: KeyPath, home: KeyPath) -> tuple[KeyPath, int, int] | None:
    """Behind which a new key goes: the table it stands in, and the extent of that table's last statement."""
    for length in range(len(path) - 1, len(home) - 1, -1):
        if (end := locator.sections.get(path[:length])) is not None:
            pairs = [pair for pair in locator.pairs.values() if pair.table == path[:length]]
            return path[:length], *((pairs[-1].start, pairs[-1].end) if pairs else (end, end))
    dotted = [
        pair
        for where, pair in locator.pairs.items()
        if where[: len(home)] == home and len(pair.table) < len(home) and not pair.is_inline
    ]
    return (dotted[-1].table, dotted[-1].start, dotted[-1].end) if dotted else None


def _insert_line(text: str, start: int, end: int, statement: str) -> str:
    """A new line below the statement from `start` to `end`, as far in as that."""
    above = text[_line_start(text, start) :]
    line = above[: len(above) - len(above.lstrip(_BLANKS))] + statement
    end = _line_end(text, end)
    if text[:end].endswith("\n"):
        return text[:end] + line + _newline(text) + text[end:]
    return text + _newline(text) + line


def _append_section(text: str, section: KeyPath, statement: str) -> str:
    newline = _newline(text)
    gap = "" if not text.strip() else newline if text.endswith("\n") else newline * 2
    return f"{text}{gap}[{show_path(section)}]{newline}{statement}{newline}"


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    """Behind the line break, or the end of the text."""
    return (text.find("\n", offset) + 1) or len(text)


def _newline(text: str) -> str:
    """The line end that most lines of the text have."""
    return "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"


def _render(value: object, path: KeyPath) -> str:
    """The value in TOML, on one line."""
    import tomlkit  # only here: it is a megabyte that only an editor needs

    try:
        return str(_item(value, tomlkit).as_string())
    except (TypeError, ValueError) as error:
        expected = "expected text, a number, true, false, or a list or table of those"
        raise _refused(path, f"{expected}, got {value!r}") from error


def _item(value: object, tomlkit: Any) -> Any:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, item in value.items():
            table.append(key, _item(item, tomlkit))
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for item in value:
            array.append(_item(item, tomlkit))
        return array
    return tomlkit.item(value)


def _refused(path: KeyPath, text: str) -> ConfigError:
    return ConfigError([ConfigProblem(key=show_path(path), text=text)])
