"""Listens to the workers: what they say on their control channels becomes events, rings, and the roster."""

from __future__ import annotations

import logging
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.queue.job import NewJob
    from native_runtime.workers.doorbell import Doorbell
    from native_runtime.workers.job_news import JobNews
    from native_runtime.workers.roster import Member, Roster

GATHER: Final = 0.001  # seconds; for so long, after a dispatch was acted on, those that follow are gathered
_CATCH_UP_LIMIT: Final = 5.0  # seconds; a stuck subscriber must not keep a dead worker's jobs from others

log = logging.getLogger("native_runtime.workers")


class Link:
    """Takes messages and rings from any thread at once, and acts on them one after the other on its own.

    Its own thread, because the supervisor's loop must not wait for itself to answer a worker, and because
    whoever dispatches a job (it may be the GUI's thread) must not wait for the supervisor.

    Args:
        news: Publishes what happens to jobs.
        roster: Is kept here.
        doorbell: Is rung for jobs that workers dispatched.
        member_of: Who a run is: told its child's name, its pid, and the id under which it claims.
        cancelling: Called with a job, its token and the id of the worker that has it, when it is to stop.
        recycle: Called with a worker's name, pid and reason when it wants a fresh one in its place; returns at once.
    """

    def __init__(
        self,
        *,
        news: JobNews,
        roster: Roster,
        doorbell: Doorbell,
        member_of: Callable[[str, int, str], Member],
        cancelling: Callable[[str, int, str], object],
        recycle: Callable[[str, int, str], None],
    ) -> None:
        self._news = news
        self._roster = roster
        self._doorbell = doorbell
        self._member_of = member_of
        self._cancelling = cancelling
        self._recycle = recycle
        self._errands: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._lock = threading.RLock()  # a signal handler may dispatch while its own thread holds it
        self._gathered: list[tuple[str, NewJob]] = []  # behind all errands
        self._looks_by_itself = False  # this thread looks for what was gathered, and need not be woken
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to act. Harmless twice."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="native-runtime link", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Act on what has come so far, then end. Harmless twice, or before `start`."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue(None)
        if thread is not None:
            thread.join()

    def hear(self, child: str, pid: int, message: Mapping[str, Any]) -> None:
        """A worker said something. Returns at once."""
        self.soon(lambda: self._act(child, pid, message))

    def jobs_dispatched(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        """The app stored jobs: publish that, and wake idle workers for them. Returns at once.

        The first is acted on at once. An app that dispatches in a loop wakes this thread once a millisecond
        and not for each job, which would cost it more than the job's way to the disk.
        """
        with self._lock:
            if self._thread is None:
                return
            self._gathered.extend(jobs)
            if not self._looks_by_itself:
                self._looks_by_itself = True
                self._queue_gathered()

    def ring(self, queues: Sequence[str]) -> None:
        """Jobs wait: wake idle workers, one for each entry of `queues`. Returns at once."""
        self.soon(lambda: self._doorbell.ring(queues))

    def soon(self, errand: Callable[[], object]) -> bool:
        """Do something on this thread, in its turn. False if it never will, because the link does not run."""
        with self._lock:
            if self._thread is None:
                return False
            self._queue(errand)
            return True

    def catch_up(self) -> None:
        """Wait until everything that came before is acted on."""
        done = threading.Event()
        if self.soon(done.set):
            done.wait(_CATCH_UP_LIMIT)

    def _queue(self, errand: Callable[[], object] | None) -> None:
        """Queue an errand behind all that came before it. Under the lock: none comes behind the mark of the end."""
        self._queue_gathered()
        self._errands.put(errand)

    def _queue_gathered(self) -> bool:
        """Queue what was gathered, behind all that came before it. False if there is none. Under the lock."""
        jobs, self._gathered = self._gathered, []
        if jobs:
            self._errands.put(lambda: self._tell(jobs))
        return bool(jobs)

    def _run(self) -> None:
        while (errand := self._next()) is not None:
            self._do(errand)

    def _next(self) -> Callable[[], object] | None:
        while self._looks_by_itself:
            try:
                return self._errands.get(timeout=GATHER)
            except Empty:
                with self._lock:
                    self._looks_by_itself = self._queue_gathered()
        return self._errands.get()

    def _do(self, errand: Callable[[], object]) -> None:
        try:
            errand()
        except Exception:  # the boundary to other processes: one bad message must not silence the others
            log.exception("a message of a worker could not be acted on")

    def _tell(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        self._news.queued(jobs)
        self._doorbell.ring([job.queue for _id, job in jobs])

    def _act(self, child: str, pid: int, message: Mapping[str, Any]) -> None:
        kind = message.get("ev")
        if kind == "ready":
            self._roster.join(self._member_of(child, pid, str(message.get("worker", ""))))
        elif kind == "idle":
            self._came_idle(child, pid)
        elif kind == "busy":
            self._roster.note(child, pid, is_idle=False)
        elif kind == "recycle":
            self._recycle(child, pid, str(message.get("reason", "")))
        elif kind == "refused":
            self._news.refused(message)
        elif kind == "dispatched":
            self._dispatched(message)
        elif kind == "cancelling":
            self._cancelling(message["id"], message["token"], message["worker"])
        else:
            self._news.said(child, message)

    def _came_idle(self, child: str, pid: int) -> None:
        member = self._roster.note(child, pid, is_idle=True)
        if member is not None:
            self._doorbell.came_idle(member)

    def _dispatched(self, message: Mapping[str, Any]) -> None:
        self._news.dispatched(message)
        self._doorbell.ring(message["queues"])
