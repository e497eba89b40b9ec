"""Looks after children that have limits: memory on the loop, timeouts by whoever listens; nobody to watch, no tick."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from native_runtime.processes.exit_status import Asked
from native_runtime.processes.limits import over_hard_limit
from native_runtime.processes.state import ChildState, is_alive
from native_runtime.processes.usage import tree_rss

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor

    from native_runtime.clock import Clock
    from native_runtime.processes.child import Child
    from native_runtime.processes.loop_thread import LoopThread

TICK: Final = 0.25  # seconds between two looks

log = logging.getLogger("native_runtime.processes")


class Patrol:
    """Owned by the loop's thread.

    Attributes:
        on_tick: See `Supervisor.on_tick`.
    """

    def __init__(
        self,
        *,
        thread: LoopThread,
        helpers: Executor,
        clock: Clock,
        children: Callable[[], Iterable[Child]],
    ) -> None:
        self.on_tick: Callable[[], None] = lambda: None
        self._thread = thread
        self._helpers = helpers
        self._clock = clock
        self._children = children
        self._next: asyncio.TimerHandle | None = None
        self._is_telling = False

    def notice(self, child: Child) -> None:
        """A child changed its state; it may need watching now."""
        if self._next is None and _needs_watch(child):
            self._next = self._thread.loop.call_later(TICK, self._look)

    def end(self) -> None:
        """Look no more."""
        if self._next:
            self._next.cancel()

    def _look(self) -> None:
        watched = [child for child in self._children() if _needs_watch(child)]
        self._next = self._thread.loop.call_later(TICK, self._look) if watched else None
        for child in watched:
            self._check_memory(child)
        if not self._is_telling and any(_may_run_a_job(child) for child in watched):
            self._is_telling = True
            self._thread.background(self._tell())

    async def _tell(self) -> None:
        try:
            await self._thread.loop.run_in_executor(self._helpers, self.on_tick)
        except Exception:  # a failing listener must not end the watch over memory
            log.exception("the tick failed")
        finally:
            self._is_telling = False

    def _check_memory(self, child: Child) -> None:
        run = child.run
        rss = tree_rss(run.pid) if run else None
        if run is None or rss is None:
            return
        run.memory.append((self._clock.monotonic() - run.started_at, rss))
        detail = over_hard_limit(rss, child.spec.memory)
        if detail:
            child.kill(Asked.MEMORY, detail)


def _may_run_a_job(child: Child) -> bool:
    # One that leaves may have all the time its job needs, and no more.
    return child.spec.control and child.state in (ChildState.BUSY, ChildState.STOPPING)


def _needs_watch(child: Child) -> bool:
    if child.spec.control:
        return _may_run_a_job(child)
    return child.spec.memory.hard is not None and is_alive(child.state)
