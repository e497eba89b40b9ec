"""What follows the end of a run: its jobs are released, its descendants ended, its crash reported."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from native_runtime.processes.sweeper import Sweeper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from native_runtime.events import EventBus
    from native_runtime.processes.child import Child
    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.launcher import Launcher
    from native_runtime.processes.loop_thread import LoopThread
    from native_runtime.processes.run import Run
    from native_runtime.processes.spec import ChildSpec

# Looking through all processes takes a core: a replacement that starts meanwhile would wait for it.
SWEEP_PAUSE: Final = 0.02  # seconds

log = logging.getLogger("native_runtime.processes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildExit:
    """A run of a child that speaks the control protocol is over.

    Attributes:
        name: The child's name.
        pid: Of the run that ended.
        worker: Name of its `[workers.…]` section, or None.
        status: How it ended.
    """

    name: str
    pid: int
    worker: str | None
    status: ExitStatus


class Aftermath:
    """Owned by the loop's thread; what blocks runs on `helpers`.

    Attributes:
        on_exit: See `Supervisor.on_exit`.
    """

    def __init__(self, *, thread: LoopThread, helpers: Executor, bus: EventBus, launcher: Launcher) -> None:
        self.on_exit: Callable[[ChildExit], Mapping[str, Any] | None] = lambda _exit: None
        self._thread = thread
        self._helpers = helpers
        self._bus = bus
        self._launcher = launcher
        self._sweeper = Sweeper(thread.loop, helpers)

    def begin(self, child: Child, run: Run, status: ExitStatus, go_on: Callable[[], None]) -> None:
        """A run is over; `go_on` lets the child restart or rest."""
        if child.spec.control or not child.comes_back:
            self._thread.background(self._bury(child, run, status, go_on))
        else:
            # The shortest way back. What the old run left behind bears the old run's marker, so it can
            # be ended beside the new one, and once that is under way.
            pause = SWEEP_PAUSE if child.spec.persistent else 0.0
            run.swept = self._thread.loop.create_task(self._sweep_soon(run.marker, pause))
            go_on()
            self._thread.background(self._clear_up(child.spec, run, status))

    def sweep(self, marker: str) -> None:
        """End whoever bears `marker`, beside what follows."""
        self._thread.background(self._sweep_soon(marker, 0.0))

    async def _bury(self, child: Child, run: Run, status: ExitStatus, go_on: Callable[[], None]) -> None:
        """Release what a worker held before it comes back; end the whole tree before a child counts as gone."""
        if child.spec.control:
            run.job = await self._release(child.spec, run, status)
        if not child.comes_back:
            run.swept = self._sweeper.sweep(run.marker)
            await run.swept
        go_on()
        await self._clear_up(child.spec, run, status)

    async def _sweep_soon(self, marker: str, pause: float) -> None:
        await asyncio.sleep(pause)
        await self._sweeper.sweep(marker)

    async def _release(self, spec: ChildSpec, run: Run, status: ExitStatus) -> Mapping[str, Any] | None:
        over = ChildExit(name=spec.name, pid=run.pid, worker=spec.worker, status=status)
        try:
            return await self._thread.loop.run_in_executor(self._helpers, self.on_exit, over)
        except Exception:  # a store that fails must not keep the worker from coming back
            log.exception("what %s held could not be released", spec.name)
            return None

    async def _clear_up(self, spec: ChildSpec, run: Run, status: ExitStatus) -> None:
        if run.swept is None:
            run.swept = self._sweeper.sweep(run.marker)
        await run.swept
        if not status.reason.is_crash or run.leaving is not None:
            return
        lines = run.last_lines(self._launcher.crash_lines)
        event = await self._thread.loop.run_in_executor(
            self._helpers, self._launcher.report_crash, spec, run, status, lines
        )
        if event is not None:
            self._bus.publish(event)
