"""The job stores against each other: the same random operations, the same answers; and one store under many hands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from native_runtime.errors import ConflictError
from native_runtime.queue.driver import Ack, Finish, JobFilter, Release
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.job import Claim, Job, NewJob
from native_runtime.queue.rate import Rate
from native_runtime.queue.settings import QueueSettings
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.queue.driver import QueueDriver, Settlement

EXAMPLES: Final = int(os.environ.get("MODEL_EXAMPLES", "40"))
OWN_IDS: Final[Mapping[str, str]] = {}
NOW: Final = 1_800_000_000.0
QUEUES: Final = ("a", "b", "Ä")
WORKERS: Final = ("w1", "w2")
CLAIMER: Final = Path(__file__).parents[1] / "programs" / "claims_at_random.py"

# A clock that people set, and that a sleeping laptop jumps over.
moments = st.sampled_from([NOW + step for step in (-3600.0, -1.0, 0.0, 0.001, 0.002, 1.0, 2.5, 60.0, 3600.0)])
queues = st.sampled_from(QUEUES)
queue_lists = st.lists(queues, max_size=4)  # none, and one twice, are lists too
limits = st.integers(0, 5)
texts = st.sampled_from(["", "x", "ä", "Ä%_", "E: boom", "\N{PILE OF POO}"])
new_jobs = st.builds(
    NewJob,
    id=st.sampled_from(["", "", *(f"id{number}" for number in range(8))]),  # empty: the store names it
    name=st.sampled_from(["app.jobs.one", "app.jobs.two"]),
    queue=queues,
    payload=st.sampled_from([b"{}", b'{"args":{"n":1}}']),
    priority=st.integers(-2, 2),
    available_at=st.just(0.0) | moments,
    tries=st.none() | st.integers(1, 3),
    backoff=st.none() | st.lists(st.floats(0, 9), max_size=2).map(tuple),
    timeout=st.none() | st.floats(0.001, 9),
    cause=st.lists(texts, max_size=2).map(tuple),
    retry_until=st.none() | moments,
    fail_on_timeout=st.booleans(),
    unique_key=st.sampled_from([None, None, None, "k", "K"]),
    unique_until=st.none() | moments,
).map(lambda new: new if new.unique_key else replace(new, unique_until=None))  # of no key, there is no window
filters = st.tuples(
    st.none() | st.lists(st.sampled_from(JobState), max_size=3).map(tuple),
    st.none() | queues,
    st.none() | st.sampled_from(["", "ID", "id1", "jobs.o", "BOOM", "%", "_", "ö", "\\", "'"]),
    st.integers(0, 20),
    st.integers(0, 3),
).map(
    lambda terms: JobFilter(states=terms[0], queue=terms[1], text=terms[2], limit=terms[3], offset=terms[4])
)
queue_settings = st.dictionaries(
    queues,
    st.builds(
        QueueSettings,
        name=st.just(""),
        concurrency=st.none() | st.integers(1, 2),
        rate=st.none() | st.builds(Rate, st.integers(1, 3), st.sampled_from([1.0, 60.0])),
        paused=st.booleans(),
        pause_on_battery=st.booleans(),
    ),
    max_size=3,
).map(lambda named: [replace(each, name=name) for name, each in named.items()])
keys = st.sampled_from(["k", "l"])


@dataclass(frozen=True)
class Held:
    """One claim, as each store gave it."""

    memory: Claim
    sqlite: Claim


class StoresAgree(RuleBasedStateMachine):
    """Does everything to both stores and compares the answers, whatever ids and tokens they give."""

    claims = Bundle("claims")
    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="stores-agree-"))
        self.memory = MemoryDriver()
        self.sqlite = SqliteDriver(self.folder / "queue.sqlite3", owner=True)
        self.other = SqliteDriver(self.folder / "queue.sqlite3")  # another process would see the same
        self.memory_id: dict[str, str] = {}  # by the id in SQLite
        self.sqlite_id: dict[str, str] = {}  # by the id in memory
        self.tokens: set[tuple[str, int]] = set()

    def teardown(self) -> None:
        self.other.close()
        self.sqlite.close()
        shutil.rmtree(self.folder)

    @initialize(target=jobs)
    def has_a_job_in_each_queue(self) -> Any:
        return multiple(
            *(self._push([NewJob(id=f"first {queue}", name="n", queue=queue)], NOW)[0] for queue in QUEUES)
        )

    # Storing

    @rule(target=jobs, new=st.lists(new_jobs, min_size=1, max_size=4), now=moments)
    def push(self, new: list[NewJob], now: float) -> Any:
        return multiple(*self._push(new, now))

    def _push(self, new: Sequence[NewJob], now: float) -> list[str]:
        in_memory, in_sqlite = self._both(lambda driver: driver.push(new, now=now))
        if not isinstance(in_memory, list):
            assert in_memory == in_sqlite
            return []
        for one, other in zip(in_memory, in_sqlite, strict=True):
            self._same_id(one.id, other.id)
        assert [each.is_new for each in in_memory] == [each.is_new for each in in_sqlite]
        return [each.id for each in in_sqlite]

    # Claiming and settling

    @rule(target=claims, names=queue_lists, worker=st.sampled_from(WORKERS), limit=limits, now=moments)
    def claim(self, names: list[str], worker: str, limit: int, now: float) -> Any:
        given = self._both(lambda driver: driver.claim(names, worker=worker, limit=limit, now=now))
        return multiple(*self._held(*given))

    @rule(
        target=claims,
        held=st.lists(claims, max_size=3),
        names=queue_lists,
        limit=limits,
        now=moments,
        data=st.data(),
    )
    def exchange(
        self, held: list[Held], names: list[str], limit: int, now: float, data: st.DataObject
    ) -> Any:
        made = [data.draw(_settlements(now)) for _ in held]
        (settled, in_memory), (settled_too, in_sqlite) = self._each(
            lambda driver, which: driver.exchange(
                [make(which(each)) for make, each in zip(made, held, strict=True)],
                names,
                worker="w1",
                limit=limit,
                now=now,
            )
        )
        assert settled == settled_too
        return multiple(*self._held(in_memory, in_sqlite))

    @rule(held=consumes(claims), now=moments, data=st.data())
    def settle(self, held: Held, now: float, data: st.DataObject) -> None:
        self._settle([held], now, data)

    @rule(held=st.lists(claims, min_size=1, max_size=4), now=moments, data=st.data())
    def settle_some_that_may_be_stale(self, held: list[Held], now: float, data: st.DataObject) -> None:
        self._settle(held, now, data)

    @rule(held=claims, now=moments, wrong=st.sampled_from([-1, 1, 1000]))
    def present_a_token_that_never_was(self, held: Held, now: float, wrong: int) -> None:
        stores: list[tuple[QueueDriver, Claim]] = [(self.memory, held.memory), (self.sqlite, held.sqlite)]
        for driver, claim in stores:
            token = claim.token + wrong
            if (held.sqlite.id, token) not in self.tokens:
                assert driver.settle([Ack(job_id=claim.id, token=token)], now=now) == [False]

    @rule(held=claims, progress=st.floats(0, 1), note=texts)
    def report_progress(self, held: Held, progress: float, note: str) -> None:
        self._same(
            lambda driver, which: driver.set_progress(
                which(held).id, token=which(held).token, progress=progress, note=note
            )
        )

    def _settle(self, held: list[Held], now: float, data: st.DataObject) -> None:
        made = [data.draw(_settlements(now)) for _ in held]
        self._same(
            lambda driver, which: driver.settle(
                [make(which(each)) for make, each in zip(made, held, strict=True)], now=now
            )
        )

    # Changing

    @rule(job_id=jobs, now=moments)
    def cancel(self, job_id: str, now: float) -> None:
        one = self.memory.request_cancel(self.memory_id[job_id], now=now)
        other = self.sqlite.request_cancel(job_id, now=now)
        assert self._plain(one, self.sqlite_id) == self._plain(other)

    @rule(job_ids=st.lists(jobs, max_size=3), now=moments)
    def retry(self, job_ids: list[str], now: float) -> None:
        unknown = [*job_ids, "never stored"]
        again = self.sqlite.retry(unknown, now=now)
        known = [self.memory_id.get(each, each) for each in unknown]
        assert [self.sqlite_id[each] for each in self.memory.retry(known, now=now)] == again

    @rule(which=filters)
    def forget(self, which: JobFilter) -> None:
        self._same(lambda driver, _which: driver.forget(which))

    @rule(job_ids=st.lists(jobs, max_size=3))
    def forget_some(self, job_ids: list[str]) -> None:
        in_memory = tuple(self.memory_id[each] for each in job_ids)
        gone = self.sqlite.forget(JobFilter(ids=tuple(job_ids)))
        assert self.memory.forget(JobFilter(ids=in_memory)) == gone

    @rule(before=moments)
    def prune(self, before: float) -> None:
        self._same(lambda driver, _which: driver.prune(finished_before=before))

    @rule(queue=queues)
    def pause(self, queue: str) -> None:
        self._same(lambda driver, _which: driver.pause(queue))

    @rule(queue=queues)
    def resume(self, queue: str) -> None:
        self._same(lambda driver, _which: driver.resume(queue))

    @rule(settings=queue_settings, now=moments)
    def configure(self, settings: list[QueueSettings], now: float) -> None:
        self._same(lambda driver, _which: driver.configure(settings, now=now))

    @rule(names=queue_lists)
    def hold(self, names: list[str]) -> None:
        self._same(lambda driver, _which: driver.hold(names))

    # Permits

    @rule(key=keys, owner=texts, until=moments, now=moments, most=st.integers(1, 2))
    def acquire(self, key: str, owner: str, until: float, now: float, most: int) -> None:
        self._same(lambda driver, _which: driver.acquire(key, owner, until=until, now=now, most=most))
        self._same(lambda driver, _which: driver.permits(key, now=now))

    @rule(owners=st.lists(texts, max_size=2))
    def release_all(self, owners: list[str]) -> None:
        self._same(lambda driver, _which: driver.release_all(owners))

    @rule(key=keys, count=st.integers(1, 3), now=moments)
    def take(self, key: str, count: int, now: float) -> None:
        self._same(lambda driver, _which: driver.take(key, Rate(count, 1.0), now=now))

    # Looking

    @rule(which=filters)
    def select(self, which: JobFilter) -> None:
        one, other = self.memory.select(which), self.sqlite.select(which)
        assert [self._plain(job, self.sqlite_id) for job in one] == [self._plain(job) for job in other]
        self._same(lambda driver, _which: driver.count(which))

    @rule(names=queue_lists, now=moments)
    def look_ahead(self, names: list[str], now: float) -> None:
        self._same(lambda driver, _which: driver.next_due(names))
        self._same(lambda driver, _which: driver.counts(now=now))

    @rule(worker=st.sampled_from(WORKERS))
    def look_at_claims(self, worker: str) -> None:
        one = {self._plain_claim(claim, self.sqlite_id) for claim in self.memory.claims_of(worker)}
        assert one == {self._plain_claim(claim) for claim in self.sqlite.claims_of(worker)}
        self._same(lambda driver, _which: driver.workers())

    @invariant()
    def every_job_is_the_same_in_both_and_for_everybody(self) -> None:
        everything = JobFilter(limit=10_000)
        jobs = self.sqlite.select(everything)
        for one, other in zip(self.memory.select(everything), jobs, strict=True):
            self._same_id(one.id, other.id)  # also of followers, which nobody has told us
        assert [self._plain(job, self.sqlite_id) for job in self.memory.select(everything)] == [
            self._plain(job) for job in jobs
        ]
        assert self.other.select(everything) == jobs

    # How it is done

    def _both(self, do: Callable[[QueueDriver], Any]) -> tuple[Any, Any]:
        return self._each(lambda driver, _which: do(driver))

    def _same(self, do: Callable[[QueueDriver, Callable[[Held], Claim]], Any]) -> None:
        one, other = self._each(do)
        assert one == other

    def _each(self, do: Callable[[QueueDriver, Callable[[Held], Claim]], Any]) -> tuple[Any, Any]:
        answers: list[Any] = []
        for driver, which in (
            (self.memory, lambda held: held.memory),
            (self.sqlite, lambda held: held.sqlite),
        ):
            try:
                answers.append(do(driver, which))
            except ConflictError as error:
                answers.append(f"{type(error).__name__}: {error}")
        return answers[0], answers[1]

    def _same_id(self, in_memory: str, in_sqlite: str) -> None:
        assert self.memory_id.setdefault(in_sqlite, in_memory) == in_memory
        assert self.sqlite_id.setdefault(in_memory, in_sqlite) == in_sqlite

    def _held(self, in_memory: list[Claim], in_sqlite: list[Claim]) -> list[Held]:
        for one, other in zip(in_memory, in_sqlite, strict=True):
            self._same_id(one.id, other.id)  # a follower may be claimed in the step that stores it
        assert [self._plain_claim(each, self.sqlite_id) for each in in_memory] == [
            self._plain_claim(each) for each in in_sqlite
        ]
        for claim in in_sqlite:
            assert (claim.id, claim.token) not in self.tokens, "a token came back"
            self.tokens.add((claim.id, claim.token))
        return [Held(one, other) for one, other in zip(in_memory, in_sqlite, strict=True)]

    def _plain_claim(self, claim: Claim, ids: Mapping[str, str] = OWN_IDS) -> Claim:
        return replace(claim, new=_renamed(claim.new, ids), token=0)

    def _plain(self, job: Job | None, ids: Mapping[str, str] = OWN_IDS) -> Job | None:
        return None if job is None else replace(job, new=_renamed(job.new, ids), token=int(job.token > 0))


def _renamed(new: NewJob, ids: Mapping[str, str]) -> NewJob:
    return replace(new, id=ids.get(new.id, new.id))


def _settlements(now: float) -> st.SearchStrategy[Callable[[Claim], Settlement]]:
    return st.one_of(
        st.builds(_ack, st.sampled_from([None, b"1", b'"\xc3\xa4"'])),
        st.builds(
            _release,
            at=st.sampled_from([0.0, now, now + 1.0, now + 60.0]),
            give_back=st.booleans(),
            exception=st.booleans(),
            error=texts,
            traceback=texts,
        ),
        st.builds(
            _finish,
            outcome=st.sampled_from([state for state in JobState if state.is_failure] + [JobState.CANCELLED]),
            exception=st.booleans(),
            error=texts,
            traceback=texts,
            follows=st.booleans(),
        ),
    )


def _ack(result: bytes | None) -> Callable[[Claim], Settlement]:
    return lambda claim: Ack(job_id=claim.id, token=claim.token, result=result)


def _release(**fields: Any) -> Callable[[Claim], Settlement]:
    return lambda claim: Release(job_id=claim.id, token=claim.token, **fields)


def _finish(*, follows: bool, **fields: Any) -> Callable[[Claim], Settlement]:
    def finish(claim: Claim) -> Settlement:
        then = (NewJob(name="app.jobs.then", queue="b"),) if follows else ()
        return Finish(job_id=claim.id, token=claim.token, then=then, **fields)

    return finish


def test_stores_give_the_same_answers_to_whatever_is_asked() -> None:
    run_state_machine_as_test(
        StoresAgree,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # to explain takes minutes
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_settlement_whose_follower_conflicts_changes_nothing_at_all(kind: str, tmp_path: Path) -> None:
    driver: QueueDriver = (
        MemoryDriver() if kind == "memory" else SqliteDriver(tmp_path / "queue.sqlite3", owner=True)
    )
    driver.push([NewJob(id=each, name="n") for each in ("a", "b", "taken")], now=NOW)
    first, second, _ = driver.claim(["default"], worker="w", limit=3, now=NOW)
    conflicting = NewJob(id="taken", name="n", payload=b'{"args":{"n":1}}')
    settlements: list[Settlement] = [
        Ack(job_id=first.id, token=first.token),
        Finish(job_id=second.id, token=second.token, outcome=JobState.FAILED, then=(conflicting,)),
    ]
    with pytest.raises(ConflictError):
        driver.settle(settlements, now=NOW)
    assert [job.state for job in driver.select(JobFilter())] == [JobState.RUNNING] * 3
    driver.close()


# Many processes on one store

JOBS: Final = 150
PROCESSES: Final = 3


def test_claims_of_many_processes_never_overlap_and_no_job_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    driver = SqliteDriver(path, owner=True)
    stored = [
        pushed.id
        for pushed in driver.push(
            [NewJob(id=f"chosen:{n}" if n % 2 else "", name="n") for n in range(JOBS)], now=1.0
        )
    ]
    logs = [tmp_path / f"log{number}" for number in range(PROCESSES)]
    claimers = [
        subprocess.Popen([sys.executable, str(CLAIMER), str(path), f"w{number}", str(number), str(log)])
        for number, log in enumerate(logs)
    ]
    try:
        assert [claimer.wait(60) for claimer in claimers] == [0] * PROCESSES
    finally:
        for claimer in claimers:
            claimer.kill()
            claimer.wait()
    steps = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    assert dict.fromkeys(stored, 1) == _successes(steps)
    assert {driver.find(job_id).state for job_id in stored} == {JobState.SUCCESS}  # type: ignore[union-attr]
    _assert_claims_do_not_overlap(steps)
    driver.close()


def _successes(steps: list[dict[str, Any]]) -> dict[str, int]:
    """How often each job was told that it is done."""
    done: dict[str, int] = defaultdict(int)
    for step in steps:
        if step["what"] == "ack" and step["held"]:
            done[step["id"]] += 1
    return dict(done)


def _assert_claims_do_not_overlap(steps: list[dict[str, Any]]) -> None:
    """Each claim of a job but the first began after the one before it had been ended, by whomever, and just once."""
    claimed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    ended: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for step in steps:
        if step["what"] == "claim":
            claimed[step["id"]].append(step)
        elif step["held"]:
            ended[step["id"], step["token"]].append(step)
    for job_id, claims in claimed.items():
        claims.sort(key=lambda step: step["token"])
        assert len({claim["token"] for claim in claims}) == len(claims)
        for before, after in pairwise(claims):
            (end,) = ended[job_id, before["token"]]
            assert end["from"] <= after["to"], (before, end, after)
        assert len(ended[job_id, claims[-1]["token"]]) == 1
