"""What can happen to workers and their configuration, as events."""

from __future__ import annotations

from dataclasses import dataclass

from native_runtime.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerScaled(Event):
    """A worker has another number of processes now. `reason` is one sentence."""

    worker: str
    processes: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigReloaded(Event):
    """Another workers.toml holds now.

    Attributes:
        path: The file; empty for a configuration made in code.
        digest: Of its text, so that a writer knows its own edit; empty for one made in code.
        kept: Children that are not touched.
        started: Children that are new.
        replaced: Children whose process is replaced, one after the other from now on.
        drained: Children that leave after their job.
        needs_restart: Keys that changed and will hold from the next start of the app.
    """

    path: str
    digest: str
    kept: tuple[str, ...]
    started: tuple[str, ...]
    replaced: tuple[str, ...]
    drained: tuple[str, ...]
    needs_restart: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRejected(Event):
    """workers.toml was changed and cannot be used; what held before holds on.

    Attributes:
        path: The file.
        problems: Each with its line, as `config:check` tells them.
    """

    path: str
    problems: tuple[str, ...]
