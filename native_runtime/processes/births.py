"""How a process of a child comes to be, and is undone where nobody can attend to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.processes.vitals import Vitals

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from native_runtime.clock import Clock
    from native_runtime.processes.aftermath import Aftermath
    from native_runtime.processes.census import Census
    from native_runtime.processes.launcher import Launcher
    from native_runtime.processes.spawner import Process
    from native_runtime.processes.spec import ChildSpec


class Births:
    """Owned by the loop's thread.

    Args:
        launcher: Starts processes.
        census: Is told of each.
        aftermath: Ends what an undone one has started.
        clock: Time.
        probers: Where it is asked whether a child works.
    """

    def __init__(
        self, *, launcher: Launcher, census: Census, aftermath: Aftermath, clock: Clock, probers: Executor
    ) -> None:
        self._launcher = launcher
        self._census = census
        self._aftermath = aftermath
        self._clock = clock
        self._probers = probers

    def spawn(self, spec: ChildSpec) -> tuple[Process, str]:
        """Start a process for `spec`, and the marker its descendants bear.

        Raises:
            OSError: It cannot be started.
        """
        process, marker = self._launcher.spawn(spec)
        try:
            self._census.enter(spec.name, process.pid)
        except BaseException:
            self.discard(process, marker)
            raise
        return process, marker

    def discard(self, process: Process, marker: str) -> None:
        """End a process that nobody listens to, with all that bear its marker."""
        process.discard()
        self._aftermath.sweep(marker)
        self._census.leave(process.pid)

    def vitals(self, spec: ChildSpec) -> Vitals:
        """Whoever asks a child whether it is ready and works."""
        return Vitals(
            clock=self._clock,
            helpers=self._probers,
            heartbeat_file=self._launcher.heartbeat_file(spec.name),
        )
