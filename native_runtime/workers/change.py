"""What an edit of workers.toml means while the app runs: what holds at once, and what waits for its next start."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from native_runtime.workers.events import ConfigReloaded
from native_runtime.workers.plan import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.processes.spec import ChildSpec
    from native_runtime.workers.config import Config, RuntimeConfig

LIVE: Final = frozenset({"jobs"})
"""Keys of `[runtime]` that hold at once. The others name what the app has opened."""


def settle(now: Config, edited: Config) -> tuple[Config, tuple[str, ...]]:
    """The configuration that holds after an edit.

    Args:
        now: What holds.
        edited: What the file says.

    Returns:
        `edited`, but with the values of `now` where a change waits for the next start of the app; and those keys.
    """
    waiting = tuple(
        field.name
        for field in fields(now.runtime)
        if field.name not in LIVE and getattr(now.runtime, field.name) != getattr(edited.runtime, field.name)
    )
    kept = {name: getattr(now.runtime, name) for name in waiting}
    return replace(edited, runtime=_with(edited.runtime, kept)), tuple(f"runtime.{name}" for name in waiting)


def _with(runtime: RuntimeConfig, kept: dict[str, object]) -> RuntimeConfig:
    return replace(runtime, **kept)  # type: ignore[arg-type]  # each value comes from a field of the same name


def reloaded(
    before: Mapping[str, ChildSpec],
    after: Mapping[str, ChildSpec],
    *,
    path: str,
    digest: str,
    waiting: tuple[str, ...],
    origin: str | None,
) -> ConfigReloaded:
    """The event that tells of an edit, from what should run before and after it."""
    planned = describe(before, after)
    return ConfigReloaded(
        path=path,
        digest=digest,
        kept=tuple(name for word, name in planned if word == "keep"),
        started=tuple(name for word, name in planned if word == "start"),
        replaced=tuple(name for word, name in planned if word == "replace"),
        drained=tuple(name for word, name in planned if word == "drain"),
        needs_restart=waiting,
        origin=origin,
    )
