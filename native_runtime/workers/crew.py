"""Cares for the workers that run: listens to them, wakes them, holds them to timeouts, and rescues their jobs."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from native_runtime.queue.step_news import tell
from native_runtime.queue.wanted import WantedPage
from native_runtime.workers.activity import running_jobs
from native_runtime.workers.audience import Audience
from native_runtime.workers.doorbell import Doorbell
from native_runtime.workers.job_news import JobNews
from native_runtime.workers.job_watch import JobWatch
from native_runtime.workers.launch import options_of
from native_runtime.workers.link import Link
from native_runtime.workers.rescuer import Rescuer
from native_runtime.workers.roster import Member, Roster
from native_runtime.workers.work import Work
from native_runtime.workers.worker_id import WorkerId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.aftermath import ChildExit
    from native_runtime.processes.supervisor import Supervisor
    from native_runtime.queue.batch_record import StoredBatch
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Job, NewJob
    from native_runtime.queue.wanted import Wanted
    from native_runtime.workers.activity import RunningJob
    from native_runtime.workers.folders import Folders

log = logging.getLogger("native_runtime.workers")


class Crew:
    """All workers of a runtime, those of workers.toml and those that the app started itself.

    Args:
        supervisor: Keeps them alive; what it hears from them comes here.
        driver: The store they take their jobs from.
        bus: Hears what happens to jobs.
        clock: Time.
        folders: Where their scoreboards lie, and the page of what they are to tell.
        recycle: Called with a worker's name, pid and reason when it wants a fresh one in its place; returns at once.

    Attributes:
        on_tick: Called four times a second while a worker is busy; must return at once.
        work: What they do and have done.
    """

    def __init__(
        self,
        *,
        supervisor: Supervisor,
        driver: QueueDriver,
        bus: EventBus,
        clock: Clock,
        folders: Folders,
        recycle: Callable[[str, int, str], None],
    ) -> None:
        self.on_tick: Callable[[], object] = lambda: None
        self._supervisor = supervisor
        self._clock = clock
        self._folders = folders
        self._roster = Roster()
        self.work = Work(roster=self._roster, folders=folders, children=supervisor.all, clock=clock)
        self._page = WantedPage(folders.wanted)
        self._audience = Audience(bus, tell=self._tell_what_is_wanted)
        self._driver = driver
        self._news = news = JobNews(
            bus,
            wants=lambda kind: kind in self._audience.wanted.all,
            wants_brief=lambda kind: kind in self._audience.wanted.brief,
        )
        self._link = Link(
            news=news,
            roster=self._roster,
            doorbell=Doorbell(roster=self._roster, send=self._send),
            member_of=self._member_of,
            cancelling=self._stop_job,
            recycle=recycle,
        )
        self._rescuer = Rescuer(
            driver=driver,
            news=news,
            clock=clock,
            folders=folders,
            roster=self._roster,
            retire=self.work.retire,
            ring=self._link.ring,
            tell_of_steps=self.tell_of_steps,
        )
        self._watch = JobWatch(
            running=self._running,
            send=lambda run, message: supervisor.control(run[0], message, pid=run[1]),
            kill=lambda run, why, detail, unless: supervisor.kill(
                run[0], why, detail, pid=run[1], unless=unless
            ),
            clock=clock,
        )
        supervisor.on_control = self._link.hear
        supervisor.on_exit = self._on_exit
        supervisor.on_tick = self._tick

    def start(self) -> None:
        """Begin to listen, and to look for jobs whose workers are gone. Harmless twice."""
        self._tell_what_is_wanted(self._audience.wanted)  # and not what an earlier run wanted
        self._link.start()
        self._audience.start()
        self._rescuer.start()

    def stop(self) -> None:
        """End that. What a worker that dies later held is rescued all the same. Harmless twice."""
        self._audience.stop()
        self._page.close()
        self._rescuer.stop()
        self._link.stop()

    def jobs_dispatched(self, jobs: Sequence[tuple[str, NewJob]]) -> None:
        """The app stored jobs. Returns at once."""
        self._link.jobs_dispatched(jobs)

    def stay(self, child: str, pid: int) -> None:
        """Tell a worker that wanted to be recycled that no fresh one has come yet."""
        self._supervisor.control(child, {"op": "stay"}, pid=pid)

    def cancel(self, job: Job) -> None:
        """Tell the worker that has `job` to cancel it. Returns at once."""
        self._stop_job(job.id, job.token, job.worker or "")

    def job_cancelled(self, job: Job, *, origin: str | None = None) -> None:
        """A job that waited was cancelled: publish that."""
        self._news.cancelled(job, origin=origin)

    def batch_ended(self, batch: StoredBatch, *, origin: str | None = None) -> None:
        """A batch is over: publish that."""
        self._news.batch_ended(batch, origin=origin)

    def tell_of_steps(self, *, origin: str | None = None) -> None:
        """Tell of what steps of the store, taken in this process, have done by themselves.

        Raises:
            StoreError: Not now.
        """
        tell(
            self._driver.batches.take_news(),
            rang=self.jobs_dispatched,
            cancelling=self.cancel,
            cancelled=partial(self.job_cancelled, origin=origin),
            ended=partial(self.batch_ended, origin=origin),
        )

    def ring(self, queues: Sequence[str]) -> None:
        """Wake idle workers: one for each entry of `queues`. Returns at once."""
        self._link.ring(queues)

    def _running(self) -> Mapping[tuple[str, int], RunningJob]:
        return running_jobs(self._roster.members(), self._folders, now=self._clock.monotonic())

    def _send(self, member: Member, message: Mapping[str, object]) -> bool:
        return self._supervisor.control(member.child, message, pid=member.pid)

    def members(self) -> Sequence[Member]:
        """Those that are ready, and whether they wait for jobs; of two of one name the fresh one."""
        return list({member.child: member for member in self._roster.members()}.values())

    def _tick(self) -> None:
        self.on_tick()
        self._watch.tick()

    def _stop_job(self, job_id: str, token: int, worker_id: str) -> None:
        self._watch.cancelled(job_id, token)
        worker = WorkerId.parse(worker_id)
        if worker is not None:
            message = {"op": "cancel", "job": job_id}
            self._link.soon(lambda: self._supervisor.control(worker.child, message, pid=worker.pid))

    def _tell_what_is_wanted(self, wanted: Wanted) -> bool:
        try:
            self._page.write(wanted)
        except OSError:  # a full disk, say; nobody's `on` is to fail for it
            log.exception("workers cannot be told which news of jobs somebody wants")
            return False
        return True

    def _on_exit(self, over: ChildExit) -> Mapping[str, object] | None:
        self._link.catch_up()  # what it said of its jobs is published before what becomes of them
        return self._rescuer.on_exit(over, aim=self._watch.take_aim((over.name, over.pid)))

    def _member_of(self, child: str, pid: int, worker_id: str) -> Member:
        snapshot = self._supervisor.get(child)
        options = options_of(snapshot.command if snapshot else ())
        return Member(child, pid, options, worker_id, (snapshot and snapshot.worker) or child)
