"""Puts back what dead workers held: at once for our own, every few seconds for those nobody was there to watch."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from native_runtime.errors import NativeRuntimeError
from native_runtime.processes.exit_status import ExitReason
from native_runtime.queue.rescue import rescue
from native_runtime.queue.retry import FailureKind
from native_runtime.queue.scoreboard import read, read_finished
from native_runtime.workers.worker_id import WorkerId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.clock import Clock
    from native_runtime.processes.aftermath import ChildExit
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.rescue import Rescued
    from native_runtime.queue.retry import Defaults
    from native_runtime.workers.folders import Folders
    from native_runtime.workers.job_news import JobNews
    from native_runtime.workers.roster import Member, Roster

ROUND: Final = 5.0  # seconds between two looks for workers that nobody watched

FAILURES: Final[Mapping[ExitReason, FailureKind]] = {
    ExitReason.MEMORY_LIMIT: FailureKind.OOM,
    ExitReason.OOM_KILLED: FailureKind.OOM,
    ExitReason.TIMEOUT: FailureKind.TIMEOUT,
    ExitReason.UNHEALTHY: FailureKind.CRASHED,
    ExitReason.CRASHED: FailureKind.CRASHED,
    # Exit code 0 that nobody asked for, in mid-job: the job itself ended the process, and would do so for ever.
    ExitReason.CLEAN: FailureKind.CRASHED,
    ExitReason.RECYCLED: FailureKind.QUIT,
    ExitReason.STOPPED: FailureKind.QUIT,
    ExitReason.START_FAILED: FailureKind.QUIT,
}
"""What the exit of a worker means for the job it was running."""

log = logging.getLogger("native_runtime.workers")


class Rescuer:
    """Releases, or fails, what dead workers held, publishes that, and rings for what may run again.

    Args:
        driver: The store.
        news: Publishes what becomes of jobs.
        clock: Time.
        folders: Where the scoreboards lie.
        roster: Our own workers.
        retire: Takes one that died off the roster, once its jobs are rescued; told of the seconds that an attempt took
            which failed with it.
        ring: Wakes idle workers.
        tell_of_steps: Tells of what the store has done by itself.
    """

    def __init__(
        self,
        *,
        driver: QueueDriver,
        news: JobNews,
        clock: Clock,
        folders: Folders,
        roster: Roster,
        retire: Callable[[Member, float | None], None],
        ring: Callable[[Sequence[str]], None],
        tell_of_steps: Callable[[], None],
    ) -> None:
        self._driver = driver
        self._news = news
        self._clock = clock
        self._folders = folders
        self._roster = roster
        self._retire = retire
        self._ring = ring
        self._tell_of_steps = tell_of_steps
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Rescue what earlier runs left behind, then look again every `ROUND` seconds. Harmless twice."""
        if self._thread is None:
            self._stopping.clear()
            self._look()
            self._discard_old_boards()
            self._thread = threading.Thread(target=self._run, name="native-runtime rescuer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Look no more. Harmless twice, or before `start`."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            thread.join()

    def on_exit(self, over: ChildExit, *, aim: tuple[str, int] | None = None) -> dict[str, object] | None:
        """A worker of ours is dead: settle what it held.

        Args:
            over: The worker.
            aim: The job and token for which it was killed; None if it was not. Where that job ended in the last
                moment and the worker was at another already, the other one is not to blame.

        Returns:
            The job it was running, `{"id", "name", "attempt"}`, or None.

        Raises:
            StoreError: Not now; the next look tries again.
        """
        member = self._roster.get(over.name, over.pid)
        if member is None:
            return None  # it was never ready, and took no job
        reading = read(self._folders.scoreboard(member.worker_id))
        if reading is not None and reading.pid != over.pid:
            reading = None
        failure = FAILURES[over.status.reason]
        if reading is not None and aim not in {None, (reading.job_id, reading.token)}:
            failure = FailureKind.QUIT
        detail = f"its worker {over.name} ended in the middle of it: {over.status.detail}"
        ended, lost = self._clock.monotonic(), None
        try:
            if member.worker_id in self._driver.workers():
                rescued = self._rescue(member.worker_id, failure, member.options.defaults, detail)
                # One that was over and not settled has been counted by the worker itself.
                if rescued.cost_an_attempt and reading is not None and reading.is_busy:
                    lost = ended - reading.started
        finally:
            self._retire(member, lost)
        self._discard(member.worker_id)  # unless the store failed: the next look settles what it lists
        if reading is None or not reading.holds_job:
            return None
        return {"id": reading.job_id, "name": reading.job, "attempt": reading.attempt}

    def rescue_strangers(self) -> None:
        """Settle what those hold whose process is gone, and whom nobody of ours watches.

        Raises:
            StoreError: The store cannot be read or written.
        """
        for worker_id in self._driver.workers():
            owner = WorkerId.parse(worker_id)
            if owner is None or owner.pid == os.getpid() or self._roster.has(owner.child, owner.pid):
                continue
            if owner.is_alive:
                continue
            try:
                self._rescue(worker_id, FailureKind.LOST)
            except NativeRuntimeError:
                raise
            except Exception:  # the boundary of what is stored: one odd job must not keep the others waiting
                log.exception(
                    "jobs of the vanished worker %s cannot be put back, and stay with it", worker_id
                )
            else:
                self._discard(worker_id)

    def _run(self) -> None:
        while not self._stopping.wait(ROUND):
            self._look()

    def _look(self) -> None:
        try:
            self.rescue_strangers()
        except NativeRuntimeError as error:
            log.warning("jobs of vanished workers could not be put back, trying again: %s", error)

    def _rescue(
        self, worker_id: str, failure: FailureKind, defaults: Defaults | None = None, detail: str = ""
    ) -> Rescued:
        board = self._folders.scoreboard(worker_id)
        now, reading = self._clock.epoch(), read(board)
        if reading is not None and reading.worker != worker_id:
            reading = None  # it was killed before its first note
        rescued = rescue(
            self._driver,
            worker_id,
            failure,
            reading,
            now=now,
            finished=read_finished(board),
            defaults=defaults,
            detail=detail,
        )
        owner = WorkerId.parse(worker_id)
        self._news.rescued(owner.child if owner else worker_id, rescued, now=now)
        self._ring(_queues_of(rescued))
        self._tell_of_steps()
        return rescued

    def _discard(self, worker_id: str) -> None:
        """Each process has a board of its own, and it has served."""
        with suppress(OSError):
            self._folders.scoreboard(worker_id).unlink()

    def _discard_old_boards(self) -> None:
        """Of workers that died with an earlier app, and held nothing."""
        try:
            holders = set(self._driver.workers())
        except NativeRuntimeError:
            return  # told by the look before
        for board in self._folders.run.glob("*.board"):
            owner = WorkerId.parse(unquote(board.stem))
            if owner is not None and unquote(board.stem) not in holders and not owner.is_alive:
                self._discard(unquote(board.stem))


def _queues_of(rescued: Rescued) -> list[str]:
    """One queue for each job that waits again, or may run now because another has ended."""
    claims = [
        *(job.claim for job in rescued.done),
        *(job.claim for job in rescued.released),
        *(job.claim for job in rescued.failed),
    ]
    follow = [then.queue for job in rescued.failed for then in job.settlement.then]
    return [claim.new.queue for claim in claims] + follow
