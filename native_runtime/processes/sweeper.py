"""Ends what a child left behind outside its process group; one look serves all that wait for one."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Final

from native_runtime.processes.lineage import end_all

if TYPE_CHECKING:
    from concurrent.futures import Executor

log = logging.getLogger("native_runtime.processes")

LOOK_AGAIN: Final = 0.01  # seconds between killing and looking whether anything is left


class Sweeper:
    """Owned by the loop's thread; the looking itself happens on a helper thread.

    A thousand children that end together cost a few looks at the process table, not a thousand.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, helpers: Executor) -> None:
        self._loop = loop
        self._helpers = helpers
        self._waiting: dict[asyncio.Future[None], str] = {}
        self._work: asyncio.Task[None] | None = None

    def sweep(self, marker: str) -> asyncio.Future[None]:
        """Begin to end whoever bears `marker`; done once nobody does any more."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._waiting[done] = marker
        if self._work is None:
            self._work = self._loop.create_task(self._look())
        return done

    async def _look(self) -> None:
        try:
            while self._waiting:  # those that ask while others are looked for are in the next round
                served, self._waiting = self._waiting, {}
                await self._serve(served)
        finally:
            self._work = None

    async def _serve(self, served: dict[asyncio.Future[None], str]) -> None:
        try:
            await self._loop.run_in_executor(self._helpers, _end_marked, frozenset(served.values()))
        except OSError:  # no descriptor left to look with, say; nobody may wait for ever because of that
            log.exception("descendants could not be looked for")
        finally:
            for done in served:
                if not done.done():
                    done.set_result(None)


def _end_marked(markers: frozenset[str]) -> None:
    never = threading.Event()
    end_all(markers=markers, pause=lambda: never.wait(LOOK_AGAIN))
