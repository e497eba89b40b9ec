"""The path of a key as a person writes it: `workers.mail.memory`, `workers."a.b".tries`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.errors import ConfigError
from native_runtime.workers.locator import Locator

if TYPE_CHECKING:
    from native_runtime.workers.problem import KeyPath


def parse_key(text: str) -> KeyPath:
    """The parts of a dotted key.

    Raises:
        ConfigError: It is none.
    """
    import tomllib  # only here: an app may be configured without a file

    pair = f"{text} = 0"
    try:
        tomllib.loads(pair)
    except (ValueError, RecursionError):
        raise _no_key(text) from None
    found = Locator(pair).pairs
    # More than a key was written if the value is not the one that was put behind it.
    if len(found) != 1 or next(iter(found.values())).value != len(text) + len(" = "):
        raise _no_key(text)
    return next(iter(found))


def _no_key(text: str) -> ConfigError:
    return ConfigError([f"expected the path of a key such as workers.default.memory, got {text!r}"])
