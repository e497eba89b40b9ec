"""A configuration as a list: what every key is now, and whether a line, a variable, code or nobody said so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from native_runtime import environment
from native_runtime.processes.readiness import Health, Ready
from native_runtime.queue.rate import Rate
from native_runtime.queue.settings import QueueSettings
from native_runtime.workers.config import Config, DevConfig, ProcessConfig, RuntimeConfig, WorkerConfig
from native_runtime.workers.folders import Folders
from native_runtime.workers.keys import FILE
from native_runtime.workers.problem import show_path
from native_runtime.workers.shapes import Either, NamedTables, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from native_runtime.workers.kinds import Kind
    from native_runtime.workers.problem import KeyPath
    from native_runtime.workers.source import Source


class Origin(StrEnum):
    """Who said what a key is."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One key.

    Attributes:
        key: Its path, `workers.default.memory`.
        value: As the file would have it; None where there is no limit or nothing is set.
        origin: Who said it.
        line: Of the file, where that said it.
        variable: The environment variable, where that said it.
    """

    key: str
    value: Any
    origin: Origin
    line: int | None = None
    variable: str | None = None


_DEFAULTS: Final[Mapping[str, Any]] = {
    "runtime": RuntimeConfig(),
    "dev": DevConfig(),
    "queues": QueueSettings(name=""),
    "workers": WorkerConfig(name=""),
    "processes": ProcessConfig(name="", command=()),
}


def settings_of(config: Config, *, data: Path, environ: Mapping[str, str]) -> list[Setting]:
    """Every key of every section, defaults included, in the order of the table of keys.

    Args:
        config: The configuration.
        data: The data folder in use.
        environ: May name the data folder.
    """
    found: list[Setting] = []
    for section, kind in FILE.keys.items():
        if isinstance(kind, NamedTables):
            for name, item in getattr(config, section).items():
                found += _read(kind.item, item, _DEFAULTS[section], (section, name), config)
        else:
            found += _read(kind, getattr(config, section), _DEFAULTS[section], (section,), config)
    return [
        _data_dir(each, config, data, environ) if each.key == "runtime.data_dir" else each for each in found
    ]


def _read(kind: Kind, value: Any, default: Any, at: KeyPath, config: Config) -> Iterator[Setting]:
    table = kind.compound if isinstance(kind, Either) else kind
    if isinstance(table, Table) and not isinstance(value, Ready | Health | None):
        for key, each in table.keys.items():
            yield from _read(each, getattr(value, key), getattr(default, key), (*at, key), config)
        return
    source = _source(config, at)
    if source is None:
        # What a file does not name is derived from what it names: `max` from `min`, `memory_kill` from `memory`.
        origin = Origin.CODE if config.path is None and value != default else Origin.DEFAULT
    else:
        origin = Origin.FILE if source.variable is None else Origin.ENVIRONMENT
    yield Setting(
        key=show_path(at),
        value=_plain(value),
        origin=origin,
        line=source.line if source else None,
        variable=source.variable if source else None,
    )


def _source(config: Config, at: KeyPath) -> Source | None:
    """Of the key itself, or of a plain value that stands for the whole table around it, as in `processes = 2`."""
    if (source := config.sources.get(at)) is not None:
        return source
    above = config.sources.get(at[:-1])
    return above if above is not None and not above.is_table else None


def _plain(value: Any) -> Any:
    """The value as JSON has it, and as the file would."""
    match value:
        case Ready() | Health():
            ways = {
                name: way
                for name in ("line", "tcp", "http", "heartbeat")
                if (way := getattr(value.probe, name))
            }
            rest = ("timeout",) if isinstance(value, Ready) else ("interval", "retries")
            return {**ways, **{name: getattr(value, name) for name in rest}}
        case Path() | Rate() | StrEnum():
            return str(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return dict(value) if isinstance(value, dict) else value


def _data_dir(setting: Setting, config: Config, data: Path, environ: Mapping[str, str]) -> Setting:
    """The folder in use: a variable of its own overrides the file, and so may the app's code."""
    shown = replace(setting, value=str(data))
    if environ.get(environment.DATA_DIR):
        return replace(shown, origin=Origin.ENVIRONMENT, line=None, variable=environment.DATA_DIR)
    if Folders.resolve(config.runtime, environ={}).data == data:
        return shown
    return replace(shown, origin=Origin.CODE, line=None, variable=None)
