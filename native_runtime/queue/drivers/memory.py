"""Jobs in this process's memory: the same contract without a file, for tests."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from msgspec.structs import replace

from native_runtime.queue.driver import Ack, Finish, Pushed, QueueCounts, Release
from native_runtime.queue.drivers import gate as gates
from native_runtime.queue.drivers.gate import Gate
from native_runtime.queue.drivers.given_id import given_id, number_in, refuse_given
from native_runtime.queue.drivers.identity import refuse_conflict
from native_runtime.queue.drivers.job_changes import (
    as_cancelled,
    as_if_new,
    claim_on,
    finished,
    released,
)
from native_runtime.queue.drivers.job_views import count_of, matches
from native_runtime.queue.drivers.memory_batches import MemoryBatches
from native_runtime.queue.drivers.memory_permits import PermitsInMemory
from native_runtime.queue.job import Job
from native_runtime.queue.state import JobState, JobTrigger, next_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from native_runtime.queue.driver import JobFilter, Settlement
    from native_runtime.queue.drivers.gate import Gates
    from native_runtime.queue.job import Claim, NewJob
    from native_runtime.queue.settings import QueueSettings

_PRUNED = {JobState.SUCCESS, JobState.CANCELLED}


class MemoryDriver(PermitsInMemory):
    """A `QueueDriver` that forgets everything with the process; see there for what each method promises."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}  # in order of arrival
        self._gates: Gates = {}
        self._highest_token = (
            0  # of those of a chosen id that were forgotten: the id may come back, a token may not
        )
        self._numbers = count(1)
        self.batches = MemoryBatches(
            jobs=lambda: self._jobs,
            push=lambda jobs, now: self.push(jobs, now=now),
            at_once=self._at_once,
        )

    def push(self, jobs: Sequence[NewJob], *, now: float) -> list[Pushed]:
        """Store jobs."""
        with self._at_once():
            return [self._push_one(job, now) for job in jobs]

    def claim(self, queues: Sequence[str], *, worker: str, limit: int, now: float) -> list[Claim]:
        """Reserve jobs."""
        with self._lock:
            claims: list[Claim] = []
            for queue in queues:
                gate = self._gates.get(queue, Gate(queue))
                if len(claims) >= limit:
                    break
                if not (gate.is_limited or gate.closed_by):
                    ready = self._ready(queue, now)[: limit - len(claims)]
                    claims += [self._reserve(job, worker, now) for job in ready]
                elif not gate.closed_by and (claims or (claims := self._claim_limited(gate, worker, now))):
                    break  # it comes alone
            return claims

    def settle(self, settlements: Sequence[Settlement], *, now: float) -> list[bool]:
        """End claims."""
        with self._at_once():
            settled = [self._settle(each, now) for each in settlements]
            self.batches.look(now)
            return settled

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
            return [claim_on(job) for job in self._running() if job.worker == worker]

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
            self._jobs[job_id] = as_cancelled(job, now)
            self.batches.look(now)
            return self._jobs[job_id]

    def find(self, job_id: str) -> Job | None:
        """The job, or None."""
        return self._jobs.get(job_id)

    def select(self, which: JobFilter) -> list[Job]:
        """Jobs that match, newest first."""
        with self._lock:
            found = [job for job in reversed(self._jobs.values()) if matches(job, which)]
        return found[which.offset : which.offset + which.limit]

    def count(self, which: JobFilter) -> int:
        """How many jobs match."""
        with self._lock:
            return sum(matches(job, which) for job in self._jobs.values())

    def retry(self, job_ids: Sequence[str], *, now: float) -> list[str]:
        """Make failed or cancelled jobs ready again."""
        with self._lock:
            return [job_id for job_id in job_ids if self._retry(job_id, now)]

    def forget(self, which: JobFilter) -> int:
        """Delete jobs that are over, or waiting where the filter says so."""
        with self._lock:
            gone = [
                job.id
                for job in self._jobs.values()
                if matches(job, which)
                and job.state is not JobState.RUNNING
                and (which.states is not None or job.state.is_over)
                and not (job.state is JobState.SUCCESS and self.batches.has(job.id))
            ]
            forgotten = self._delete(gone)
            self.batches.look(None)
            return forgotten

    def prune(self, *, finished_before: float) -> int:
        """Delete successful and cancelled jobs of old."""
        with self._lock:
            self.batches.prune(finished_before=finished_before)
            return self._delete(
                [
                    job.id
                    for job in self._jobs.values()
                    if job.state in _PRUNED
                    and not self.batches.has(job.id)
                    and job.finished_at is not None
                    and job.finished_at < finished_before
                ]
            )

    def configure(self, settings: Sequence[QueueSettings], *, now: float) -> None:
        """Let queues be as workers.toml says."""
        with self._lock:
            self._gates = gates.configured(self._gates, settings, now)

    def pause(self, queue: str) -> None:
        """Let nothing more be claimed."""
        with self._lock:
            self._gates = gates.paused(self._gates, queue)

    def resume(self, queue: str) -> None:
        """Open the queue again."""
        with self._lock:
            self._gates = gates.resumed(self._gates, queue)

    def hold(self, queues: Sequence[str]) -> None:
        """Let nothing be claimed from exactly these."""
        with self._lock:
            self._gates = gates.held(self._gates, queues)

    def counts(self, *, now: float) -> list[QueueCounts]:
        """All queues in numbers."""
        with self._lock:
            open_or_failed = [
                job for job in self._jobs.values() if not job.state.is_over or job.state.is_failure
            ]
            closed = {name: gate for name, gate in self._gates.items() if gate.closed_by}
            names = sorted(closed.keys() | {job.new.queue for job in open_or_failed})
            return [
                count_of(
                    name,
                    [job for job in open_or_failed if job.new.queue == name],
                    now=now,
                    gate=closed.get(name),
                )
                for name in names
            ]

    def next_due(self, queues: Sequence[str]) -> float | None:
        """When the earliest delayed job is due."""
        with self._lock:
            found = [self._next_due(queue) for queue in queues]
            return min((at for at in found if at is not None), default=None)

    def claimable(self, queues: Sequence[str], *, most: int, now: float) -> int:
        """How many jobs workers could begin now."""
        with self._lock:
            found = 0.0
            for queue in queues:
                gate = self._gates.get(queue, Gate(queue))
                found += min(len(self._ready(queue, now)), gate.room(self._running_of(queue), now))
            return int(min(found, most))

    def close(self) -> None:
        """Nothing is held; what was stored stays readable."""

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        with self._lock:
            before = dict(self._jobs)
            try:
                yield
            except BaseException:
                self._jobs = before
                raise

    def _push_one(self, new: NewJob, now: float) -> Pushed:
        refuse_given(new)
        twin = self._twin(new, now)
        if twin is not None:
            return Pushed(twin, is_new=False)
        if new.id in self._jobs:
            stored = self._jobs[new.id].new
            refuse_conflict(new, name=stored.name, payload=stored.payload)
            return Pushed(new.id, is_new=False)
        if not new.id:
            new = replace(new, id=given_id(next(self._numbers)))
        state = JobState.DELAYED if new.available_at > now else JobState.READY
        new = replace(new, available_at=max(new.available_at, now))
        self._jobs[new.id] = Job(new=new, state=state, created_at=now)
        return Pushed(new.id, is_new=True)

    def _twin(self, new: NewJob, now: float) -> str | None:
        if new.unique_key is not None:
            for job in self._jobs.values():
                until = job.new.unique_until
                if job.new.unique_key == new.unique_key and until is not None and until > now:
                    return job.id
        return None

    def _claim_limited(self, gate: Gate, worker: str, now: float) -> list[Claim]:
        passed = gate.passed(now) if gate.has_room(self._running_of(gate.name)) else None
        ready = self._ready(gate.name, now)[:1] if passed else []
        if passed and ready:
            self._gates = {**self._gates, gate.name: passed}
        elif gate.filled_at > now:
            self._gates = {**self._gates, gate.name: gate.looked_at(now)}
        return [replace(self._reserve(job, worker, now), is_limited=True) for job in ready]

    def _next_due(self, queue: str) -> float | None:
        waiting = [job for job in self._jobs.values() if job.new.queue == queue]
        delayed = [job.new.available_at for job in waiting if job.state is JobState.DELAYED]
        first = min(delayed, default=None)
        gate = self._gates.get(queue)
        if gate is None:
            return first
        if any(job.state is JobState.READY for job in waiting):
            first = 0.0
        return gate.due(running=self._running_of(queue), waiting_at=first)

    def _running_of(self, queue: str) -> int:
        return sum(job.new.queue == queue for job in self._running())

    def _ready(self, queue: str, now: float) -> list[Job]:
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
            token=max(job.token, self._highest_token) + 1,
            attempts=job.attempts + 1,
            started_at=now,
            progress=None,
            progress_note="",
        )
        return claim_on(self._jobs[job.id])

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
                settled = released(job, settlement, now)
            case Finish():
                settled = finished(job, settlement, now)
        self._jobs[job.id] = settled
        if isinstance(settlement, Release) and settled.state is JobState.CANCELLED:
            self.batches.note_cancelled(settled)
        if isinstance(settlement, Finish):
            self.push(settlement.then, now=now)
        elif isinstance(settlement, Ack) and not job.cancel_requested:
            self.batches.add(settlement.then, now)
        return True

    def _retry(self, job_id: str, now: float) -> bool:
        job = self._jobs.get(job_id)
        if job is None or not (job.state.is_failure or job.state is JobState.CANCELLED):
            return False
        self._jobs[job_id] = as_if_new(job, now)
        self.batches.reopen(job_id)
        return True

    def _delete(self, job_ids: list[str]) -> int:
        for job_id in job_ids:
            job = self._jobs.pop(job_id)
            if number_in(job_id) is None:
                self._highest_token = max(self._highest_token, job.token)
        return len(job_ids)
