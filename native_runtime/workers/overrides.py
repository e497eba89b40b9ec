"""Keys of workers.toml that environment variables override: `NATIVE_RUNTIME_WORKERS__MAIL__MEMORY=128`. Pure.

Behind the prefix comes the key's path, its parts joined by two underscores. Letters may be of either case, and
whatever is neither letter nor digit in a section's name is an underscore: `[workers."my-mail"]` is `WORKERS__MY_MAIL`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from native_runtime import environment
from native_runtime.errors import ConfigProblem
from native_runtime.workers.given import read_given
from native_runtime.workers.keys import FILE
from native_runtime.workers.problem import show_path, show_value
from native_runtime.workers.shapes import Either, NamedTables, Table

if TYPE_CHECKING:
    from native_runtime.workers.kinds import Kind
    from native_runtime.workers.problem import KeyPath

_JOINT: Final = "__"


@dataclass(frozen=True, slots=True)
class Override:
    """An environment variable that says what a key is."""

    variable: str
    path: KeyPath
    value: object


class _MisspeltError(Exception):
    """Holds what is wrong with a variable's name."""


def overrides_in(environ: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[Override | ConfigProblem]:
    """Every variable that means a key, as what it means or what is wrong with its name.

    Args:
        environ: All variables.
        values: The file; only workers, queues and processes that it names can be changed.
    """
    for variable in sorted(environ):
        rest = variable.upper().removeprefix(environment.PREFIX)
        if rest == variable.upper() or _JOINT not in rest:
            continue
        parts = variable[len(environment.PREFIX) :].split(_JOINT)
        try:
            path, kind = _follow(parts, values)
        except _MisspeltError as error:
            yield ConfigProblem(source=variable, text=str(error))
        else:
            yield Override(variable, path, read_given(kind, environ[variable]))


def unknown_variables(environ: Mapping[str, str]) -> Iterator[ConfigProblem]:
    """Variables that bear the prefix and mean nothing: valid, since other programs may read them, but hardly meant."""
    for variable in sorted(environ):
        name = variable.upper()
        if not name.startswith(environment.PREFIX) or name in environment.NAMES or _JOINT in name:
            continue
        near = get_close_matches(name, environment.NAMES, n=1)
        hint = (
            f"did you mean {near[0]}?" if near else "keys are overridden as NATIVE_RUNTIME_WORKERS__NAME__KEY"
        )
        yield ConfigProblem(source=variable, text=f"means nothing; {hint}")


def apply(override: Override, values: dict[str, Any]) -> ConfigProblem | None:
    """Write an override into the file's values; returns what stands in its way, if anything does."""
    table: Any = values
    for depth, part in enumerate(override.path[:-1], 1):
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            above = override.path[:depth]
            whole = environment.PREFIX + _JOINT.join(_normal(str(each)) for each in above)
            return ConfigProblem(
                source=override.variable,
                key=show_path(above),
                text=f"expected a table to change a key of, got {show_value(table)} in the file; set {whole} as a whole",
            )
    table[override.path[-1]] = override.value
    return None


def _follow(parts: list[str], values: Mapping[str, Any]) -> tuple[KeyPath, Kind]:
    """The key that the parts of a variable's name lead to, and what its value must be."""
    kind: Kind = FILE
    path: KeyPath = ()
    here: Any = values
    for index, part in enumerate(parts):
        kind = kind.compound if isinstance(kind, Either) else kind
        if isinstance(kind, Table):
            name = _choose(part, kind.keys, "key", path)
            kind = kind.keys[name]
        elif isinstance(kind, NamedTables) and isinstance(kind.item, Table):
            name = _choose(part, here if isinstance(here, dict) else {}, "section", path)
            kind = kind.item
        elif isinstance(kind, NamedTables):
            return (*path, _JOINT.join(parts[index:])), kind.item  # the name of a variable, as it is
        else:
            raise _MisspeltError(f"{show_path(path)} is no table and has no key {part!r}")
        path = (*path, name)
        here = here.get(name) if isinstance(here, dict) else None
    return path, kind


def _choose(part: str, known: Mapping[str, object], what: str, path: KeyPath) -> str:
    names = {_normal(name): name for name in known}
    found = [name for name in known if _normal(name) == _normal(part)]
    if len(found) == 1:
        return found[0]
    where = f"[{show_path(path)}]" if path else "workers.toml"
    if found:
        raise _MisspeltError(
            f"means more than one section of {where}: {', '.join(map(repr, found))}; rename one"
        )
    near = get_close_matches(_normal(part), names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"expected one of: {', '.join(names) or 'none'}"
    raise _MisspeltError(f"{where} has no {what} {part.upper()}; {hint}")


def _normal(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.upper())
