"""Jobs in this process's memory: the same contract without a file, for tests."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from native_runtime.errors import ConflictError
from native_runtime.queue.driver import Ack, Finish, Pushed, QueueCounts, Release
from native_runtime.queue.job import Claim, Job
from native_runtime.queue.state import JobState, JobTrigger, next_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from native_runtime.queue.driver import JobFilter, Settlement
    from native_runtime.queue.job import NewJob

_PRUNED = {JobState.SUCCESS, JobState.CANCELLED}


class MemoryDriver:
    """A `QueueDriver` that forgets everything with the process; see there for what each method promises."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}  # in order of arrival
        self._paused: set[str] = set()

    def push(self, jobs: Sequence[NewJob], *, now: float) -> list[Pushed]:
        """Store jobs."""
        with self._lock:
            self._refuse_conflicts(jobs)
            return [self._push_one(job, now) for job in jobs]

    def claim(self, queues: Sequence[str], *, worker: str, limit: int, now: float) -> list[Claim]:
        """Reserve jobs."""
        with self._lock:
            claims: list[Claim] = []
            for queue in queues:
                ready = self._ready(queue, now)[: limit - len(claims)]
                claims += [self._reserve(job, worker, now) for job in ready]
            return claims

    def settle(self, settlements: Sequence[Settlement], *, now: float) -> list[bool]:
        """End claims."""
        with self._lock:
            return [self._settle(each, now) for each in settlements]

    def exchange(
        self, settlements: Sequence[Settlement], queues: Sequence[str], *, worker: str, limit: int, now: float
    ) -> tuple[list[bool], list[Claim]]:
        """`settle` and `claim` in one step."""
        with self._lock:
            settled = self.settle(settlements, now=now)
            return settled, self.claim(queues, worker=worker, limit=limit, now=now)

    def claims_of(self, worker: str) -> list[Claim]:
        """What a worker holds."""
        with self._lock:
            return [_claim_on(job) for job in self._running() if job.worker == worker]

    def workers(self) -> list[str]:
        """Everybody who holds claims."""
        with self._lock:
            return sorted({job.worker for job in self._running() if job.worker is not None})

    def set_progress(self, job_id: str, *, token: int, progress: float, note: str) -> bool:
        """Note how far a running job is."""
        with self._lock:
            job = self._held(job_id, token)
            if job is not None:
                self._jobs[job_id] = replace(job, progress=progress, progress_note=note)
            return job is not None

    def request_cancel(self, job_id: str, *, now: float) -> Job | None:
        """Cancel a waiting job; flag a running one."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state.is_over:
                return job
            if job.state is JobState.RUNNING:
                self._jobs[job_id] = replace(job, cancel_requested=True)
            else:
                state = next_state(job_id, job.state, JobTrigger.CANCEL)
                self._jobs[job_id] = replace(job, state=state, cancel_requested=True, finished_at=now)
            return self._jobs[job_id]

    def find(self, job_id: str) -> Job | None:
        """The job, or None."""
        return self._jobs.get(job_id)

    def select(self, which: JobFilter) -> list[Job]:
        """Jobs that match, newest first."""
        with self._lock:
            found = [job for job in reversed(self._jobs.values()) if _matches(job, which)]
        return found[which.offset : which.offset + which.limit]

    def count(self, which: JobFilter) -> int:
        """How many jobs match."""
        with self._lock:
            return sum(_matches(job, which) for job in self._jobs.values())

    def retry(self, job_ids: Sequence[str], *, now: float) -> list[str]:
        """Make failed or cancelled jobs ready again."""
        with self._lock:
            found = [self._jobs[job_id] for job_id in job_ids if job_id in self._jobs]
            again = [job for job in found if job.state.is_failure or job.state is JobState.CANCELLED]
            for job in again:
                self._jobs[job.id] = _as_if_new(job, now)
            return [job.id for job in again]

    def forget(self, which: JobFilter) -> int:
        """Delete jobs that are over, or waiting where the filter says so."""
        with self._lock:
            gone = [
                job.id
                for job in self._jobs.values()
                if _matches(job, which)
                and job.state is not JobState.RUNNING
                and (which.states is not None or job.state.is_over)
            ]
            return self._delete(gone)

    def prune(self, *, finished_before: float) -> int:
        """Delete successful and cancelled jobs of old."""
        with self._lock:
            return self._delete(
                [
                    job.id
                    for job in self._jobs.values()
                    if job.state in _PRUNED
                    and job.finished_at is not None
                    and job.finished_at < finished_before
                ]
            )

    def pause(self, queue: str) -> None:
        """Let nothing more be claimed."""
        with self._lock:
            self._paused.add(queue)

    def resume(self, queue: str) -> None:
        """Open the queue again."""
        with self._lock:
            self._paused.discard(queue)

    def counts(self, *, now: float) -> list[QueueCounts]:
        """All queues in numbers."""
        with self._lock:
            open_or_failed = [
                job for job in self._jobs.values() if not job.state.is_over or job.state.is_failure
            ]
            names = sorted(self._paused | {job.new.queue for job in open_or_failed})
            return [
                _count(
                    name,
                    [job for job in open_or_failed if job.new.queue == name],
                    now=now,
                    paused=self._paused,
                )
                for name in names
            ]

    def next_due(self, queues: Sequence[str]) -> float | None:
        """When the earliest delayed job is due."""
        with self._lock:
            open_queues = set(queues) - self._paused
            return min(
                (
                    job.new.available_at
                    for job in self._jobs.values()
                    if job.state is JobState.DELAYED and job.new.queue in open_queues
                ),
                default=None,
            )

    def close(self) -> None:
        """Nothing is held; what was stored stays readable."""

    def _refuse_conflicts(self, jobs: Sequence[NewJob]) -> None:
        known: dict[str, NewJob] = {}
        for new in jobs:
            if new.id not in known:
                known[new.id] = self._jobs[new.id].new if new.id in self._jobs else new
            for what in ("name", "queue", "payload"):
                if getattr(known[new.id], what) != getattr(new, what):
                    raise ConflictError(new.id, what)

    def _push_one(self, new: NewJob, now: float) -> Pushed:
        twin = self._twin(new, now)
        if twin is not None:
            return Pushed(twin, is_new=False)
        state = JobState.DELAYED if new.available_at > now else JobState.READY
        stored = replace(new, available_at=max(new.available_at, now))
        self._jobs[new.id] = Job(new=stored, state=state, created_at=now)
        return Pushed(new.id, is_new=True)

    def _twin(self, new: NewJob, now: float) -> str | None:
        if new.unique_key is not None:
            for job in self._jobs.values():
                until = job.new.unique_until
                if job.new.unique_key == new.unique_key and until is not None and until > now:
                    return job.id
        return new.id if new.id in self._jobs else None

    def _ready(self, queue: str, now: float) -> list[Job]:
        if queue in self._paused:
            return []
        waiting = [job for job in self._jobs.values() if job.new.queue == queue]
        for job in waiting:
            if job.state is JobState.DELAYED and job.new.available_at <= now:
                self._jobs[job.id] = replace(job, state=next_state(job.id, job.state, JobTrigger.DUE))
        ready = [self._jobs[job.id] for job in waiting if self._jobs[job.id].state is JobState.READY]
        return sorted(ready, key=lambda job: -job.new.priority)  # stable: age decides among equals

    def _reserve(self, job: Job, worker: str, now: float) -> Claim:
        self._jobs[job.id] = replace(
            job,
            state=next_state(job.id, job.state, JobTrigger.RESERVE),
            worker=worker,
            # Never repeats, not even when a job is forgotten and its id comes back.
            token=max(job.token + 1, int(now * 1000)),
            attempts=job.attempts + 1,
            started_at=now,
            progress=None,
            progress_note="",
        )
        return _claim_on(self._jobs[job.id])

    def _running(self) -> Iterator[Job]:
        return (job for job in self._jobs.values() if job.state is JobState.RUNNING)

    def _held(self, job_id: str, token: int) -> Job | None:
        job = self._jobs.get(job_id)
        holds = job is not None and job.state is JobState.RUNNING and job.token == token
        return job if holds else None

    def _settle(self, settlement: Settlement, now: float) -> bool:
        job = self._held(settlement.job_id, settlement.token)
        if job is None:
            return False
        match settlement:
            case Ack(result=result):
                state = next_state(job.id, job.state, JobTrigger.SUCCEED)
                settled = replace(job, state=state, finished_at=now, result=result, error="", traceback="")
            case Release():
                settled = _released(job, settlement, now)
            case Finish():
                settled = _finished(job, settlement, now)
        self._jobs[job.id] = settled
        if isinstance(settlement, Finish):
            self.push(settlement.then, now=now)
        return True

    def _delete(self, job_ids: list[str]) -> int:
        for job_id in job_ids:
            del self._jobs[job_id]
        return len(job_ids)


def _claim_on(job: Job) -> Claim:
    return Claim(new=job.new, token=job.token, attempt=job.attempts, exceptions=job.exceptions)


def _released(job: Job, release: Release, now: float) -> Job:
    if job.cancel_requested:
        trigger = JobTrigger.CANCEL
    else:
        trigger = JobTrigger.DELAY if release.at > now else JobTrigger.RELEASE
    return replace(
        job,
        new=replace(job.new, available_at=max(release.at, now)),
        state=next_state(job.id, job.state, trigger),
        finished_at=now if job.cancel_requested else None,
        attempts=job.attempts - release.give_back,
        exceptions=job.exceptions + release.exception,
        error=release.error or job.error,
        traceback=release.traceback if release.error else job.traceback,
    )


def _finished(job: Job, finish: Finish, now: float) -> Job:
    is_cancelled = finish.outcome is JobState.CANCELLED
    next_state(job.id, job.state, JobTrigger.CANCEL if is_cancelled else JobTrigger.FAIL)
    return replace(
        job,
        state=finish.outcome,
        finished_at=now,
        exceptions=job.exceptions + finish.exception,
        error=finish.error,
        traceback=finish.traceback,
    )


def _as_if_new(job: Job, now: float) -> Job:
    return replace(
        job,
        new=replace(job.new, available_at=now, retry_until=None),
        state=next_state(job.id, job.state, JobTrigger.RETRY),
        finished_at=None,
        attempts=0,
        exceptions=0,
        cancel_requested=False,
        progress=None,
        progress_note="",
    )


def _matches(job: Job, which: JobFilter) -> bool:
    return (
        (which.ids is None or job.id in which.ids)
        and (which.states is None or job.state in which.states)
        and (which.queue is None or job.new.queue == which.queue)
        and (which.text is None or which.text.lower() in f"{job.id} {job.new.name} {job.error}".lower())
    )


def _count(name: str, jobs: list[Job], *, now: float, paused: set[str]) -> QueueCounts:
    ready = [job for job in jobs if job.state is JobState.READY]
    return QueueCounts(
        name=name,
        ready=len(ready),
        delayed=sum(job.state is JobState.DELAYED for job in jobs),
        running=sum(job.state is JobState.RUNNING for job in jobs),
        failed=sum(job.state.is_failure for job in jobs),
        oldest_age=max((max(0.0, now - job.new.available_at) for job in ready), default=None),
        paused=name in paused,
    )
