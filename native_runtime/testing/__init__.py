"""Fakes with assertions for the tests of apps that use the library; `plugin` makes them pytest fixtures."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from native_runtime.testing.clock import FakeClock
    from native_runtime.testing.processes import FakeProcesses
    from native_runtime.testing.queue import FakeQueue
    from native_runtime.testing.sync_queue import SyncQueue

__all__ = ["FakeClock", "FakeProcesses", "FakeQueue", "SyncQueue"]

# Imported when asked for: pytest loads the plugin beside this file in every run, also where no fake is used.
_HOMES = {"FakeClock": "clock", "FakeProcesses": "processes", "FakeQueue": "queue", "SyncQueue": "sync_queue"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'native_runtime.testing' has no attribute {name!r}")
    return getattr(importlib.import_module(f"native_runtime.testing.{_HOMES[name]}"), name)
