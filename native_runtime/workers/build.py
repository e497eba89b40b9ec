"""From the checked values of workers.toml to a `Config`; nothing here can fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from native_runtime.processes.readiness import read_health, read_ready
from native_runtime.processes.restart import RestartPolicy, RestartWhen
from native_runtime.queue.rate import Rate
from native_runtime.queue.settings import QueueSettings
from native_runtime.workers.config import (
    Config,
    DevConfig,
    ProcessConfig,
    Processes,
    RuntimeConfig,
    WorkerConfig,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.workers.problem import KeyPath
    from native_runtime.workers.source import Source

    Values = Mapping[str, Any]  # checked by the tables in keys.py; only their readers know more

_HARD_LIMIT_FACTOR = 4  # memory_kill, where the file names none


def build_config(
    values: Values, *, path: Path, home: Callable[[], Path], sources: Mapping[KeyPath, Source]
) -> Config:
    """The configuration that a file describes.

    Args:
        values: The whole file, without any problem.
        path: The file, absolute; relative paths in it start at its folder.
        home: Finds what `~` at the start of a path stands for; asked only where one stands.
        sources: Where each of the values comes from.
    """

    def locate(text: str) -> Path:
        below_home = text == "~" or text.startswith(("~/", "~\\"))
        return home() / text[2:] if below_home else path.parent / text

    return Config(
        path=path,
        sources=sources,
        runtime=_build_runtime(values.get("runtime", {}), locate),
        dev=DevConfig(reload=tuple(locate(folder) for folder in values.get("dev", {}).get("reload", ()))),
        queues={
            name: QueueSettings(name=name, **_read(table, {"rate": Rate.parse}))
            for name, table in values.get("queues", {}).items()
        },
        workers={name: _build_worker(name, table) for name, table in values.get("workers", {}).items()},
        processes={
            name: _build_process(name, table, locate) for name, table in values.get("processes", {}).items()
        },
    )


def _build_runtime(table: Values, locate: Callable[[str], Path]) -> RuntimeConfig:
    return RuntimeConfig(**_read(table, {"jobs": tuple, "data_dir": locate}))


def _build_worker(name: str, table: Values) -> WorkerConfig:
    worker = _read(
        table,
        {
            "queues": tuple,
            "backoff": _read_backoff,
            "processes": _read_processes,
            "restart": _read_restart,
            "timeout": float,
            "sleep": float,
            "rest": float,
            "max_time": float,
            "stop_timeout": float,
        },
    )
    if "memory_kill" not in worker and "memory" in worker:
        worker["memory_kill"] = _HARD_LIMIT_FACTOR * worker["memory"]
    return WorkerConfig(name=name, **worker)


def _build_process(name: str, table: Values, locate: Callable[[str], Path]) -> ProcessConfig:
    readers: dict[str, Callable[[Any], object]] = {
        "command": tuple,
        "cwd": locate,
        "ready": read_ready,
        "health": read_health,
        "restart": _read_restart,
        "stop_timeout": float,
    }
    return ProcessConfig(name=name, **_read(table, readers))


def _read(table: Values, readers: Mapping[str, Callable[[Any], object]]) -> dict[str, Any]:
    """The table's values, those that have a reader in the form it gives them."""
    return {key: readers[key](value) if key in readers else value for key, value in table.items()}


def _read_backoff(value: float | list[float]) -> tuple[float, ...]:
    return tuple(float(pause) for pause in (value if isinstance(value, list) else [value]))


def _read_processes(value: int | Values) -> Processes:
    if isinstance(value, int):
        return Processes(min=value, max=value)
    # Who asks for three at least has said that three are not too many.
    return Processes(**{"max": value.get("min", 1), **_read(value, {"idle_ttl": float})})


def _read_restart(value: Values) -> RestartPolicy:
    seconds = dict.fromkeys(("delay", "factor", "max_delay", "jitter", "period", "healthy_after"), float)
    return RestartPolicy(**_read(value, {**seconds, "when": RestartWhen}))
