"""The one seam between workers and processes: what a section of workers.toml means as a `ChildSpec`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime import environment
from native_runtime.processes.spec import ChildSpec, MemoryLimits
from native_runtime.queue.options import UsageError, WorkOptions, parse
from native_runtime.workers.config import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from native_runtime.workers.config import Config, ProcessConfig, WorkerConfig
    from native_runtime.workers.folders import Folders

COMMAND: Final = "queue:work"


class Launch:
    """Turns sections into specs; touches nothing.

    Args:
        config: What the workers of this app have in common.
        folders: Where its files lie.
        import_path: The app's `sys.path`, so that workers find the same modules.
    """

    def __init__(self, *, config: Config, folders: Folders, import_path: Sequence[str]) -> None:
        entries = [str(Path(entry).absolute()) for entry in import_path]  # "" is the working folder
        if config.path is not None:
            entries.append(str(config.path.parent))
        self._common = {
            environment.DATA_DIR: str(folders.data),
            environment.JOBS: ",".join(config.runtime.jobs),
            environment.DURABILITY: config.runtime.durability,
            environment.PATH: os.pathsep.join(dict.fromkeys(entries)),
        }
        if config.path is not None:
            self._common[environment.CONFIG] = str(config.path)

    def worker(self, worker: WorkerConfig, index: int) -> ChildSpec:
        """The process number `index` (1 is the first) of a `[workers.…]` section."""
        name = child_name(worker.name, index)
        return self.complete(
            ChildSpec(
                name=name,
                command=(COMMAND, f"--name={name}", *_flags(worker)),
                env=worker.env,
                persistent=True,
                restart=worker.restart,
                memory=MemoryLimits(hard=worker.memory_kill * MEGABYTE),
                nice=worker.nice,
                stop_timeout=worker.stop_timeout,
                worker=worker.name,
            )
        )

    def process(self, process: ProcessConfig) -> ChildSpec:
        """The child of a `[processes.…]` section."""
        return ChildSpec(
            name=process.name,
            command=process.command,
            cwd=process.cwd,
            env=process.env,
            persistent=True,
            restart=process.restart,
            memory=MemoryLimits(hard=process.memory_kill * MEGABYTE if process.memory_kill else None),
            ready=process.ready,
            health=process.health,
            nice=process.nice,
            stop_timeout=process.stop_timeout,
        )

    def complete(self, spec: ChildSpec) -> ChildSpec:
        """Any spec of `queue:work`, also one an app made itself, with all that a worker needs. Harmless twice."""
        return replace(spec, control=True, env={**spec.env, **self._common})


def child_name(worker: str, index: int) -> str:
    """The name of a worker's process number `index`; 1 is the first."""
    return f"{worker}:{index}"


def options_of(command: Sequence[str]) -> WorkOptions:
    """How a child with this command works; by the defaults, where its flags cannot be understood."""
    try:
        return parse(command[1:])
    except UsageError:  # it will tell so itself, and never be ready
        return WorkOptions()


def _flags(worker: WorkerConfig) -> Iterator[str]:
    """The settings of a worker as flags of `queue:work`."""
    yield f"--queue={','.join(worker.queues)}"
    yield f"--memory={worker.memory}"
    yield f"--timeout={_seconds(worker.timeout)}"
    yield f"--sleep={_seconds(worker.sleep)}"
    yield f"--rest={_seconds(worker.rest)}"
    yield f"--backoff={','.join(map(_seconds, worker.backoff))}"
    yield f"--tries={worker.tries}"
    if worker.max_jobs is not None:
        yield f"--max-jobs={worker.max_jobs}"
    if worker.max_time is not None:
        yield f"--max-time={_seconds(worker.max_time)}"
    if worker.on_start is not None:
        yield f"--on-start={worker.on_start}"


def _seconds(value: float) -> str:
    """Without the `.0` of whole numbers; every digit of others."""
    return str(int(value)) if value == int(value) else repr(value)
