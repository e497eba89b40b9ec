"""What a valid workers.toml says that can hardly be meant. Pure.

An error is what the runtime cannot do as written, or could only guess at; it does not start then. A doubt is what it
can do exactly as written, though whoever wrote it must have wanted something else; it starts, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.errors import ConfigProblem
from native_runtime.workers.overrides import unknown_variables
from native_runtime.workers.problem import show_path
from native_runtime.workers.unserved import unserved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from native_runtime.workers.config import Config
    from native_runtime.workers.problem import KeyPath


def doubts(config: Config, *, environ: Mapping[str, str]) -> list[ConfigProblem]:
    """Each with its place."""
    return [*_unserved(config), *_impatient(config), *unknown_variables(environ)]


def problem_at(config: Config, path: KeyPath, text: str) -> ConfigProblem:
    """What is to be told of a key of a configuration that was read from a file, or built in code."""
    source = config.sources.get(path)
    file = config.path.name if config.path is not None else ""
    return ConfigProblem(
        text=text,
        source=file if source is None else source.variable or file,
        key=show_path(path),
        line=source.line if source else None,
        column=source.column if source else None,
    )


def _unserved(config: Config) -> Iterator[ConfigProblem]:
    for name in unserved(config):
        text = (
            f"no worker serves the queue {name!r}; add it to the 'queues' of a worker, or remove the section"
        )
        yield problem_at(config, ("queues", name), text)


def _impatient(config: Config) -> Iterator[ConfigProblem]:
    for worker in config.workers.values():
        path = ("workers", worker.name, "stop_timeout")
        # The default is shorter than most timeouts, on purpose; only who names a grace has thought of one.
        if path in config.sources and worker.stop_timeout < worker.timeout:
            yield problem_at(
                config,
                path,
                f"a stop waits {worker.stop_timeout:g} s and a job may take {worker.timeout:g} s (timeout): one that "
                "takes longer than the stop waits is ended, and begins again later; raise stop_timeout or lower timeout",
            )
