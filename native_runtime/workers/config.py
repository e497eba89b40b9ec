"""What workers.toml says, as data. Field names are the file's keys; defaults are the documented ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from native_runtime.processes.readiness import Health, Ready
from native_runtime.processes.restart import RestartPolicy
from native_runtime.processes.spec import DEFAULT_STOP_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.queue.settings import QueueSettings
    from native_runtime.workers.problem import KeyPath
    from native_runtime.workers.source import Source

Durability = Literal["app", "power"]

MEGABYTE = 1024 * 1024  # the file's "MB"; what task managers show under that name


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeConfig:
    """`[runtime]`.

    Attributes:
        app: Names the per-user data and log folders.
        jobs: Modules that workers import.
        data_dir: Where the store, logs and reports live; None is the user's data folder for `app`.
        watch: Edits of the file hold at once.
        durability: What a stored job outlives: `app`, the death of the app; `power`, a power cut as well.
    """

    app: str = "native-runtime"
    jobs: tuple[str, ...] = ()
    data_dir: Path | None = None
    durability: Durability = "app"
    watch: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DevConfig:
    """`[dev]`: what only somebody who works on the app wants.

    Attributes:
        reload: Folders of source code; workers are replaced when it changes.
    """

    reload: tuple[Path, ...] = ()


MOST_PROCESSES: Final = 256
"""Of one worker: a slip of the finger must not be the end of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """How many processes a worker has: `processes = 2` is min and max 2.

    Attributes:
        min: Always there.
        max: Most, while jobs wait.
        scale_up_step: Started at once when jobs wait and nobody is free.
        idle_ttl: Seconds after which an idle one above `min` leaves.
    """

    min: int = 1
    max: int = 1
    scale_up_step: int = 1
    idle_ttl: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """`[workers.NAME]`.

    Attributes:
        name: The section's name.
        queues: Strict priority, first is highest.
        memory: MB, soft: looked at after each job; over it the worker leaves with exit code 12 and is replaced.
        memory_kill: MB, hard: killed in mid-job. None in the file means 4 × memory.
        timeout: Seconds one attempt may take, where the job names none.
        sleep: Seconds between looks at an empty queue; a doorbell wakes it earlier.
        rest: Seconds between two jobs.
        backoff: Seconds before each retry, where the job names none.
        tries: Most attempts, where the job names none.
        max_jobs: Jobs after which it is recycled; None is never.
        max_time: Seconds after which it is recycled; None is never.
        processes: How many.
        nice: POSIX niceness added.
        env: Variables added.
        stop_timeout: Seconds between asking and killing.
        restart: Restart policy.
        on_start: `module:function`, called once in each new worker before it takes a job.
    """

    name: str
    queues: tuple[str, ...] = ("default",)
    memory: int = 128
    memory_kill: int = 512
    timeout: float = 60.0
    sleep: float = 3.0
    rest: float = 0.0
    backoff: tuple[float, ...] = (3.0,)
    tries: int = 3
    max_jobs: int | None = None
    max_time: float | None = None
    processes: Processes = Processes()
    nice: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stop_timeout: float = DEFAULT_STOP_TIMEOUT
    restart: RestartPolicy = RestartPolicy()
    on_start: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessConfig:
    """`[processes.NAME]`: a plain persistent child. `ready` and `health` tell whether it works."""

    name: str
    command: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    memory_kill: int | None = None
    ready: Ready | None = None
    health: Health | None = None
    nice: int | None = None
    stop_timeout: float = DEFAULT_STOP_TIMEOUT
    restart: RestartPolicy = RestartPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole, valid workers.toml.

    Attributes:
        runtime: `[runtime]`.
        dev: `[dev]`.
        queues: `[queues.NAME]` by name, in the file's order.
        workers: `[workers.NAME]` by name, in the file's order.
        processes: `[processes.NAME]` by name, in the file's order.
        path: The file it came from; None if it was built in code.
        sources: Where each key comes from that the file or a variable names, by its path. No part of what it says:
            a file that is only laid out anew is the same configuration.
    """

    runtime: RuntimeConfig = RuntimeConfig()
    dev: DevConfig = DevConfig()
    queues: Mapping[str, QueueSettings] = field(default_factory=dict)
    workers: Mapping[str, WorkerConfig] = field(default_factory=dict)
    processes: Mapping[str, ProcessConfig] = field(default_factory=dict)
    path: Path | None = None
    sources: Mapping[KeyPath, Source] = field(default_factory=dict, compare=False, repr=False)
