"""The children that a fleet started: starts, ends and forgets them by plan, through the supervisor."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from native_runtime.processes.state import has_ended
from native_runtime.workers.launch import COMMAND
from native_runtime.workers.plan import Replace, Start, Step, Stop

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.supervisor import Supervisor


class Children:
    """Knows by which spec each child was started; how they are, only the supervisor knows."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._started: dict[str, ChildSpec] = {}

    def of(self, worker: str) -> tuple[ChildSnapshot, ...]:
        """All listed processes of a worker, ended ones too."""
        return tuple(child for child in self._supervisor.all().values() if child.worker == worker)

    def standing(self, worker: str) -> dict[str, ChildSpec]:
        """What was started of a worker and has not ended; one that somebody else ended does not count."""
        alive = {child.name for child in self.of(worker) if not has_ended(child.state)}
        return {name: spec for name, spec in self._started.items() if name in alive}

    def take(self, steps: Sequence[Step], *, origin: str | None) -> None:
        """Do what a plan says; returns when the children that are not wanted are gone.

        Raises:
            CommandNotFoundError, OSError: A child cannot be started.
        """
        surplus = []
        for step in steps:
            match step:
                case Start(spec):
                    self.start(spec)
                case Replace(spec):
                    self._supervisor.stop(spec.name, origin=origin)
                    self.start(spec)
                case Stop(name):
                    surplus.append(name)
                case _:
                    assert_never(step)
        self._stop(surplus, origin=origin)

    def start(self, spec: ChildSpec) -> None:
        """Start one child.

        Raises:
            CommandNotFoundError, OSError: It cannot be started.
        """
        self._started[spec.name] = spec
        self._supervisor.start(spec)

    def restart(self, worker: str, *, origin: str | None) -> None:
        """Ask each process of a worker that has not ended to leave and come back; returns at once."""
        for name in self.standing(worker):
            self._supervisor.restart(name, origin=origin)

    def forget_ended(self, worker: str, *, besides: Collection[str]) -> None:
        """Drop processes of a worker that have ended from the list, all but those `besides`."""
        for child in self.of(worker):
            if has_ended(child.state) and child.name not in besides:
                self._supervisor.forget(child.name)
                self._started.pop(child.name, None)

    def stop_all(self) -> None:
        """End all that were started here, and all workers that the app started itself."""
        ours = [
            child.name
            for child in self._supervisor.all().values()
            if child.name in self._started or child.command[:1] == (COMMAND,)
        ]
        self._stop(ours, origin=None)

    def _stop(self, names: Sequence[str], *, origin: str | None) -> None:
        """End children side by side, so that together they take no longer than the slowest."""
        self._supervisor.stop(*names, origin=origin)
