"""`${NAME}` and `${NAME:-default}` in the texts of workers.toml. Pure: values and variables in, values and problems out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from native_runtime.workers.problem import Problem, show_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.workers.problem import KeyPath

_REFERENCE: Final = re.compile(
    r"\$\$\{"  # stands for the two characters ${
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|(?P<wrong>\$\{[^}]*\}?)"
)
_ESCAPE: Final = "$${"


def expand(values: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """Fill in variables in every text among `values`, in lists and tables too; keys stay as they are.

    `${NAME:-default}` takes the default where the variable is unset or empty, as shells do. `$${` is a literal `${`.

    Returns:
        The values, and a problem for each variable that is unset and has no default.
    """
    problems: list[Problem] = []

    def expand_value(value: Any, at: KeyPath) -> Any:
        if isinstance(value, str):
            return _expand_text(value, at, environ, problems) if "${" in value else value
        if isinstance(value, list):
            return [expand_value(item, (*at, index)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {key: expand_value(item, (*at, key)) for key, item in value.items()}
        return value

    return {key: expand_value(value, (key,)) for key, value in values.items()}, problems


def _expand_text(text: str, at: KeyPath, environ: Mapping[str, str], problems: list[Problem]) -> str:
    def fill(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        if found.group() == _ESCAPE:
            return "${"
        if name is None:
            expected = "expected ${NAME} or ${NAME:-default}"
            problems.append(
                Problem(at, f"{expected}, got {show_value(found['wrong'])}; write $${{ for a literal ${{")
            )
            return found.group()
        value = environ.get(name)
        if value is None and default is None:
            problems.append(
                Problem(
                    at,
                    f"expected the environment variable {name} to be set, got none; "
                    f"set it, or name a default: ${{{name}:-…}}",
                )
            )
            return found.group()
        return (value or default) if default is not None else value or ""

    return _REFERENCE.sub(fill, text)
