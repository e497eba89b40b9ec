"""Letters that may be printed: text of others does nothing to a terminal, and what an encoding lacks is spelt out."""

from __future__ import annotations

import codecs
import io
import sys
from typing import Final

KEPT: Final = "\n\t"
# What turns the direction of writing can make a line look like another one: https://trojansource.codes
TURNING: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS: Final = tuple(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)))
PLAINER: Final = {"–": "-", "—": "-", "…": "..."}  # our own tables have these in every row
SPELT: Final = "native_runtime.spelt"  # how the handler below is called

_visible: Final = {
    ord(letter): letter.encode("unicode_escape").decode()
    for letter in (*CONTROLS, *TURNING)
    if letter not in KEPT
}


def harmless(text: str) -> str:
    r"""The same with what would steer a terminal made visible, as `\x1b`; newlines and tabs stay."""
    return text.replace("\r\n", "\n").translate(_visible)


def spell_what_is_missing() -> None:
    r"""From now on stdout and stderr take every text: a letter that their encoding lacks is spelt, as `\u2713`."""
    codecs.register_error(SPELT, _spell)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a windowed build has none
            stream.reconfigure(errors=SPELT)


def has_all_letters(encoding: str | None) -> bool:
    """True of UTF-8, under any of its names."""
    try:
        return codecs.lookup(encoding or "ascii").name == "utf-8"
    except LookupError:
        return False


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAINER.get(letter) or _spelt(letter) for letter in missing), error.end


def _spelt(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode()
