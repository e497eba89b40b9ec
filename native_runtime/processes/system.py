"""The one place that chooses the operating system."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from native_runtime.processes.spawner import Spawner


def system_spawner() -> Spawner:
    """The spawner for this operating system."""
    if sys.platform == "win32":
        from native_runtime.processes._windows import WindowsSpawner

        return WindowsSpawner()
    else:  # noqa: RET505 - a type checker for one system looks at its branch alone
        from native_runtime.processes._posix import PosixSpawner

        return PosixSpawner()
