"""Gives each worker as many processes as its jobs want, between the `min` and `max` of workers.toml."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from native_runtime.errors import UnknownNameError
from native_runtime.processes.exit_status import MEMORY_EXIT_CODE, ExitReason
from native_runtime.processes.state import ChildState, is_alive
from native_runtime.workers.autoscaler import (
    COUNTED,
    PATIENCE,
    Memory,
    Seen,
    decide,
    may_need_more,
    next_look,
    remember,
)
from native_runtime.workers.team import resized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.clock import Clock
    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.workers.autoscaler import Scale
    from native_runtime.workers.config import WorkerConfig
    from native_runtime.workers.fleet import WorkerFleet
    from native_runtime.workers.team import Team

log = logging.getLogger("native_runtime.workers")


class Scaler:
    """Looks on a thread of its own: four times a second while somebody works, else when time calls for a change.

    Where no worker may have more processes than its `min`, there is no thread and nobody looks.

    Args:
        fleet: The workers.
        driver: Knows how many jobs wait; asked only while nobody of a worker is free.
        clock: Time.
    """

    def __init__(self, *, fleet: WorkerFleet, driver: QueueDriver, clock: Clock) -> None:
        self._fleet = fleet
        self._driver = driver
        self._clock = clock
        self._workers: Mapping[str, WorkerConfig] = {}
        self._memories: dict[str, Memory] = {}
        self._wake = threading.Event()
        self._is_ending = False
        self._thread: threading.Thread | None = None

    def start(self, workers: Mapping[str, WorkerConfig]) -> None:
        """Scale these from now on, where their sections allow it; returns at once. Harmless twice.

        Args:
            workers: By name; what was said of others before no longer holds.
        """
        self._workers = {
            name: worker for name, worker in workers.items() if worker.processes.max > worker.processes.min
        }
        self._memories = {}
        self._fleet.on_tick(self._wake.set if self._workers else _nothing)
        if self._workers and self._thread is None:
            self._is_ending = False
            self._thread = threading.Thread(target=self._run, name="native-runtime scaler", daemon=True)
            self._thread.start()
        self._wake.set()  # it may hold already that one has too many, or too few

    def stop(self) -> None:
        """Scale nothing any more; returns when the last change is done. Harmless twice, or before `start`."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._fleet.on_tick(_nothing)
            self._is_ending = True
            self._wake.set()
            thread.join()

    def look(self) -> float | None:
        """Look at each worker, and change what should be changed.

        Returns:
            Seconds until the next look where no tick comes before; None if only a tick calls for one.
        """
        pauses = []
        for worker in self._workers.values():
            with suppress(UnknownNameError):  # its section has just gone from the file
                pauses.append(self._look(worker))
        return min((pause for pause in pauses if pause is not None), default=None)

    def _run(self) -> None:
        pause: float | None = None
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            if self._is_ending:
                return
            try:
                pause = self.look()
            except (
                Exception
            ):  # a thread's boundary: one failure must not end what can be right again at the next look
                log.exception("workers could not be scaled")
                pause = None

    def _look(self, worker: WorkerConfig) -> float | None:
        now, team = self._clock.monotonic(), self._fleet.team(worker.name)
        if not team.is_free:
            self._memories.pop(worker.name, None)
            return None
        seen = self._seen(worker, team)
        memory = remember(seen, self._memories.get(worker.name, Memory()), now)
        self._memories[worker.name] = memory
        scale = decide(worker.processes, seen, memory, now)
        if scale is not None and self._do(worker, team, scale):
            self._memories[worker.name] = memory.scaled()
            return PATIENCE
        return next_look(worker.processes, seen, memory, now)

    def _seen(self, worker: WorkerConfig, team: Team) -> Seen:
        seen = Seen(processes=len(team.numbers), busy=len(team.busy), idle=len(team.idle))
        if not may_need_more(worker.processes, seen):
            return seen
        waiting = self._driver.claimable(worker.queues, most=COUNTED, now=self._clock.epoch())
        if not waiting:
            return seen
        children = self._fleet.status(worker.name).children
        at_work = [child for child in children if _is_at_work(child, worker.restart.healthy_after)]
        return replace(seen, waiting=waiting, is_sound=len(at_work) >= seen.processes)

    def _do(self, worker: WorkerConfig, team: Team, scale: Scale) -> bool:
        have = len(team.numbers)
        grows = scale.processes > have
        numbers = resized(team.numbers, scale.processes) if grows else team.without(have - scale.processes)
        try:
            return self._fleet.adjust(worker.name, numbers, instead_of=team.numbers, reason=scale.reason)
        except OSError as error:
            log.warning("worker %s could not be scaled to %d: %s", worker.name, scale.processes, error)
            return True  # it is wanted; what could not be started shows as not sound


def _nothing() -> None:
    """Hears the ticks while nobody wants them."""


def _is_at_work(child: ChildSnapshot, healthy_after: float) -> bool:
    """Whether a process has come up, and has recovered from whatever it came back from."""
    before = child.last_exit
    if not is_alive(child.state) or child.state is ChildState.STOPPING:
        return False
    if before is None or before.reason is ExitReason.STOPPED:
        return child.state is not ChildState.STARTING
    return _was_planned(before) or (child.uptime or 0.0) >= healthy_after


def _was_planned(status: ExitStatus) -> bool:
    """Whether it left by itself to be replaced, which says nothing against having more of its kind."""
    return status.reason is ExitReason.RECYCLED or (
        status.reason is ExitReason.MEMORY_LIMIT and status.exit_code == MEMORY_EXIT_CODE
    )
