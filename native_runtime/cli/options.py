"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _given_anywhere(context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """What stands behind the command, else what stood before it."""
    return value or context.find_object(Path)


config_option: Final[Decorator] = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=_given_anywhere,
    help="The app's workers.toml. [default: NATIVE_RUNTIME_CONFIG, else ./workers.toml]",
)

json_option: Final[Decorator] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for programs."
)


def queue_names(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """For `callback`: refuses what no queue can be called; takes a name, several, or None."""
    from native_runtime.errors import shorten
    from native_runtime.queue.queue_name import EXPECTED, is_queue_name

    for name in value if isinstance(value, tuple) else (value,):
        if name is not None and not is_queue_name(name):
            raise click.BadParameter(f"expected {EXPECTED}, got {shorten(name)}", context, parameter)
    return value
