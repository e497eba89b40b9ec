"""A real supervisor with real children, and a recorder of what it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.clock import SystemClock
from native_runtime.events.bus import EventBus
from native_runtime.processes.commands import Commands
from native_runtime.processes.launcher import Launcher, owner_of
from native_runtime.processes.supervisor import Supervisor
from native_runtime.processes.system import system_spawner
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def bus() -> Iterator[EventBus]:
    """The supervisor's bus."""
    bus = EventBus(clock=SystemClock())
    yield bus
    bus.close()


@pytest.fixture
def recorder(bus: EventBus) -> Recorder:
    """Hears everything."""
    return Recorder(bus)


@pytest.fixture
def make_supervisor(bus: EventBus, tmp_path: Path) -> Callable[[], Supervisor]:
    """Makes a supervisor on the same folders each time, as after a restart of the app."""

    def make() -> Supervisor:
        launcher = Launcher(
            spawner=system_spawner(),
            commands=Commands(),
            run_folder=tmp_path / "run",
            log_folder=tmp_path / "logs",
            crash_folder=tmp_path / "crashes",
            inherited={},
            owner=owner_of(tmp_path),
        )
        return Supervisor(clock=SystemClock(), bus=bus, launcher=launcher)

    return make


@pytest.fixture
def supervisor(make_supervisor: Callable[[], Supervisor]) -> Iterator[Supervisor]:
    """A running supervisor."""
    supervisor = make_supervisor()
    supervisor.begin()
    yield supervisor
    supervisor.close()
