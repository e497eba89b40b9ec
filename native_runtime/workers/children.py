"""The children that a fleet started: starts, ends and forgets them by plan, through the supervisor."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, assert_never

from native_runtime.errors import NativeRuntimeError, ReplacementError, UnknownNameError
from native_runtime.processes.state import ChildState, has_ended
from native_runtime.workers.launch import COMMAND
from native_runtime.workers.plan import Start, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.supervisor import Supervisor


class Children:
    """Knows by which spec each child was started; how they are, only the supervisor knows.

    Args:
        supervisor: Does it.
        check: Raises, as a start would, if there is no such command.
    """

    def __init__(self, supervisor: Supervisor, *, check: Callable[[ChildSpec], object]) -> None:
        self._check = check
        self._supervisor = supervisor
        self._started: dict[str, ChildSpec] = {}

    def of(self, worker: str) -> tuple[ChildSnapshot, ...]:
        """All listed processes of a worker, ended ones too."""
        return tuple(child for child in self._supervisor.all().values() if child.worker == worker)

    def standing(self, worker: str | None = None) -> dict[str, ChildSpec]:
        """What was started, of one worker or at all, and has not ended, whoever ended it."""
        listed = self._supervisor.all().values()
        alive = {child.name for child in listed if not has_ended(child.state)}
        return {
            name: spec
            for name, spec in list(self._started.items())
            if name in alive and worker in (None, spec.worker)
        }

    def spec_of(self, name: str) -> ChildSpec | None:
        """By which spec a child was started last."""
        return self._started.get(name)

    def pid_of(self, name: str) -> int | None:
        """A child's pid now; None while it has no process."""
        child = self._supervisor.get(name)
        return child.pid if child is not None else None

    def replace(self, spec: ChildSpec, *, reason: str, origin: str | None) -> None:
        """Put a fresh process in the place of a child's own, and wait for that.

        A worker's is ready before the old one is asked to leave, which it does after its job. Any other program may
        hold what there is only one of, a port for instance, so it is ended first.

        Raises:
            ReplacementError: A worker's was not ready, or there is no such program; the old process goes on.
            CommandNotFoundError, OSError: Another program cannot be started.
        """
        if spec.control:
            self._supervisor.replace(spec, reason=reason, origin=origin)
            self._started[spec.name] = spec
        else:
            self._require_program(spec)  # before the old one is ended for nothing
            self._supervisor.stop(spec.name, origin=origin)
            self.start(spec)

    def call_off(self, name: str) -> None:
        """Put away the fresh process that is to replace a child, if there is one."""
        self._supervisor.call_off(name)

    def retire(self, names: Sequence[str], *, origin: str | None) -> None:
        """Nobody wants these any more: they go after the job in hand. Returns at once."""
        self._supervisor.retire(*names, origin=origin)
        for name in names:
            self._started.pop(name, None)

    def take(self, steps: Sequence[Start | Stop], *, origin: str | None) -> None:
        """Do what a plan says at once; returns when the children that are not wanted are gone.

        Raises:
            CommandNotFoundError, OSError: A child cannot be started.
        """
        surplus = []
        for step in steps:
            match step:
                case Start(spec):
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

    def at_work(self, worker: str) -> dict[str, frozenset[int]]:
        """Who of a worker is there and stays, with the pids of all its processes: also of one that is to replace it."""
        standing, all_of_it = self.standing(worker), self.of(worker)
        return {
            child.name: frozenset(
                each.pid for each in all_of_it if each.pid and child.name in (each.name, each.beside)
            )
            for child in all_of_it
            if child.name in standing and child.pid and child.state is not ChildState.STOPPING
        }

    def bring_back(self, worker: str, *, besides: Collection[str], origin: str | None) -> None:
        """Have those of a worker back at once that wait for their restart, or are just leaving."""
        for name in self.standing(worker).keys() - set(besides):
            self._supervisor.restart(name, origin=origin)

    def forget_ended(self, worker: str, *, besides: Collection[str]) -> None:
        """Drop processes of a worker that have ended from the list, all but those `besides`."""
        for child in self.of(worker):
            if has_ended(child.state) and child.name not in besides:
                self._supervisor.forget(child.name)
                self._started.pop(child.name, None)

    def stop_all(self) -> None:
        """End all that were started here, and all workers that the app started itself; the latest is asked first."""
        children = self._supervisor.all().values()
        ours = [each for each in children if each.name in self._started or each.command[:1] == (COMMAND,)]
        self._stop([child.name for child in reversed(ours) if child.beside is None], origin=None)
        for name in {child.beside for child in ours} - {None, *(child.name for child in ours)}:
            with suppress(UnknownNameError):  # an edit has let them go, and they were just leaving
                self._supervisor.stop(str(name))

    def _require_program(self, spec: ChildSpec) -> None:
        try:
            self._check(spec)
        except (NativeRuntimeError, OSError) as error:
            raise ReplacementError(spec.name, str(error)) from error
        if spec.cwd is not None and not spec.cwd.is_dir():
            raise ReplacementError(spec.name, f"cwd: expected a folder, got {spec.cwd}, which is none")

    def _stop(self, names: Sequence[str], *, origin: str | None) -> None:
        """End children side by side, so that together they take no longer than the slowest."""
        self._supervisor.stop(*names, origin=origin)
