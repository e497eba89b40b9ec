"""Which names a queue can have: they stand in addresses, flags and keys of workers.toml, and in every store."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 128  # characters
# Not `.` and `..`, which browsers take out of an address before they ask for it.
FORM: Final = rf"(?!\.\.?$)[A-Za-z0-9_.-]{{1,{LONGEST}}}"
EXPECTED: Final = f"a name of 1 to {LONGEST} letters, digits, '_', '.' and '-', but not '.' or '..'"

_matches: Final = re.compile(FORM).fullmatch


def is_queue_name(text: object) -> bool:
    """True if a queue can be called so."""
    return isinstance(text, str) and _matches(text) is not None
