from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import BatchHandle, Fail, JobHandle, Retry, batch, chain, job
from native_runtime.clock import SystemClock
from native_runtime.errors import JobCancelledError, StoreError
from native_runtime.queue import scoreboard
from native_runtime.queue.attempt import Attempts
from native_runtime.queue.control import ControlChannel
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.interrupter import Interrupter
from native_runtime.queue.options import WorkOptions
from native_runtime.queue.queue import Queue
from native_runtime.queue.recycling import Recycling
from native_runtime.queue.scoreboard import Scoreboard
from native_runtime.queue.state import JobState
from native_runtime.queue.voice import Voice
from native_runtime.queue.wanted import KINDS, Wanted
from native_runtime.queue.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from native_runtime.queue.driver import Settlement
    from native_runtime.queue.job import Claim

MEGABYTE = 1024 * 1024


@job
def note(word: str) -> None:
    SEEN.append(word)
    ACTIONS.get(word, lambda: None)()


@job(tries=1)
def fails() -> None:
    raise Fail("no")


@job
def dispatches() -> None:
    note.options(queue="other").dispatch("x")


SEEN: list[str] = []
ACTIONS: dict[str, Any] = {}


class StoppedClock(SystemClock):
    """No time passes from one look to the next: whatever jobs took, the worker finds them quick."""

    def monotonic(self) -> float:
        return 1.0


class FlakyDriver(MemoryDriver):
    """A store whose next `failures` exchanges and settlements fail."""

    failures = 0
    on_failure: Callable[[], object] = staticmethod(lambda: None)

    def exchange(self, *args: Any, **kwargs: Any) -> tuple[list[bool], list[Claim]]:
        self._fail_perhaps()
        return super().exchange(*args, **kwargs)

    def settle(self, *args: Any, **kwargs: Any) -> list[bool]:
        self._fail_perhaps()
        return super().settle(*args, **kwargs)

    def _fail_perhaps(self) -> None:
        if self.failures:
            self.failures -= 1
            self.on_failure()
            raise StoreError("queue.sqlite3", "the disk is full", "free some space")


@dataclass
class Bench:
    """A worker in this process, with what it writes down and says."""

    board: Path
    driver: FlakyDriver = field(default_factory=FlakyDriver)
    resident: int = 10 * MEGABYTE
    has_app: bool = False
    on_recycle: Callable[[], object] = lambda: None
    said: list[dict[str, Any]] = field(default_factory=list)
    is_told_in_brief: bool = False
    worker: Worker | None = None
    clock: SystemClock = field(default_factory=SystemClock)

    def work(self, **options: Any) -> int:
        """Run a worker until it leaves."""
        clock = self.clock
        everything = frozenset(KINDS)
        kinds = Wanted(brief=everything) if self.is_told_in_brief else Wanted(all=everything)
        voice = Voice(_Recorder(self), clock=clock, wanted=lambda: kinds)
        queue = Queue(
            driver=self.driver,
            clock=clock,
            rang=voice.dispatched,
            cancelling=voice.cancelling,
            cancelled=voice.cancelled,
            ended=voice.batch_ended,
        )
        attempts = Attempts(
            driver=self.driver,
            clock=clock,
            interrupter=Interrupter(),
            defaults=WorkOptions().defaults,
            tell_progress=voice.progress,
        )
        work_options = WorkOptions(**options)
        ask = voice.recycle if self.has_app else None
        recycling = Recycling(options=work_options, clock=clock, resident=lambda: self.resident, ask=ask)
        self.worker = Worker(
            worker_id="w@1.2",
            pid=os.getpid(),
            options=work_options,
            driver=self.driver,
            clock=clock,
            attempts=attempts,
            board=Scoreboard.open(self.board),
            voice=voice,
            recycling=recycling,
        )
        with CURRENT.holding(queue):
            return self.worker.run()

    def drain(self) -> None:
        """Ask the running worker to leave."""
        assert self.worker is not None
        self.worker.drain()

    def stay(self) -> None:
        """Tell the running worker that no fresh one comes."""
        assert self.worker is not None
        self.worker.stay()

    def events(self) -> list[str]:
        """What the worker said, in short."""
        return [message["ev"] for message in self.said]


class _Recorder(ControlChannel):
    def __init__(self, bench: Bench) -> None:
        super().__init__(-1, -1)
        self._bench = bench

    def send(self, *messages: Any) -> None:
        for message in messages:
            self._bench.said.append(json.loads(json.dumps(message)))
            if message["ev"] == "recycle":
                self._bench.on_recycle()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    SEEN.clear()
    ACTIONS.clear()
    made = Bench(tmp_path / "w.board")
    queue = Queue(driver=made.driver, clock=SystemClock())
    with CURRENT.holding(queue):
        yield made


def test_a_worker_runs_its_queues_in_order_and_leaves_when_empty(bench: Bench) -> None:
    note.options(queue="low").dispatch("b")
    note.options(queue="high").dispatch("a")
    assert bench.work(queues=("high", "low"), stop_when_empty=True) == 0
    assert SEEN == ["a", "b"]
    assert bench.driver.count(JobFilter(states=(JobState.SUCCESS,))) == 2
    assert bench.said[-1] == {"ev": "leaving", "reason": "empty", "back_in": 3.0}


def test_once_is_one_job(bench: Bench) -> None:
    note.dispatch_many([("a",), ("b",)])
    assert bench.work(once=True) == 0
    assert SEEN == ["a"]
    assert bench.said[-1] == {"ev": "leaving", "reason": "once"}


def test_once_leaves_where_there_is_nothing_and_need_not_be_back_before_its_sleep_is_over(
    bench: Bench,
) -> None:
    assert bench.work(once=True, sleep=7.0) == 0
    assert bench.said[-1] == {"ev": "leaving", "reason": "empty", "back_in": 7.0}


def test_max_jobs_is_so_many_jobs(bench: Bench) -> None:
    note.dispatch_many([("a",), ("b",), ("c",)])
    assert bench.work(max_jobs=2) == 0
    assert SEEN == ["a", "b"]
    assert bench.said[-1]["reason"] == "max_jobs"


def test_max_time_ends_an_idle_worker(bench: Bench) -> None:
    assert bench.work(max_time=0.01, sleep=60.0) == 0
    assert bench.said[-1]["reason"] == "max_time"


def test_over_its_memory_after_a_job_a_worker_leaves_with_code_12(bench: Bench) -> None:
    note.dispatch_many([("grow",), ("b",)])
    ACTIONS["grow"] = lambda: setattr(bench, "resident", 65 * MEGABYTE)
    assert bench.work(memory=64) == 12
    assert SEEN == ["grow"]
    assert bench.driver.count(JobFilter(states=(JobState.SUCCESS,))) == 1
    assert bench.said[-1]["reason"] == "memory"


def test_memory_0_is_no_limit(bench: Bench) -> None:
    note.dispatch("a")
    assert bench.work(memory=0, stop_when_empty=True) == 0


def test_a_drain_finishes_the_job_in_hand_and_no_other(bench: Bench) -> None:
    note.dispatch_many([("a",), ("b",)])
    ACTIONS["a"] = bench.drain
    assert bench.work() == 0
    assert SEEN == ["a"]
    assert bench.said[-1]["reason"] == "drained"
    assert bench.driver.claims_of("w@1.2") == []


def test_a_drain_ends_the_rest_between_two_jobs(bench: Bench) -> None:
    note.dispatch_many([("a",), ("b",)])
    ACTIONS["a"] = bench.drain
    assert bench.work(rest=3600.0) == 0
    assert bench.driver.count(JobFilter(states=(JobState.SUCCESS,))) == 1


def test_a_rest_between_jobs_delays_no_settlement(bench: Bench) -> None:
    note.dispatch_many([("a",), ("b",)])
    assert bench.work(rest=0.001, stop_when_empty=True) == 0
    assert SEEN == ["a", "b"]


def test_the_board_shows_the_running_job_and_the_counts(bench: Bench) -> None:
    seen: list[scoreboard.ScoreboardReading | None] = []
    handle = note.options(timeout=7).dispatch("look")
    fails.dispatch()
    note.dispatch("look")
    ACTIONS["look"] = lambda: seen.append(scoreboard.read(bench.board))
    bench.work(max_jobs=3)
    first, second = seen
    assert first is not None
    assert second is not None
    assert (first.worker, first.state, first.job_id, first.job) == ("w@1.2", "busy", handle.id, note.name)
    assert (first.attempt, first.timeout, first.pid) == (1, 7.0, os.getpid())
    assert first.token > 0
    assert first.started > 0
    _, tally = scoreboard.look(bench.board)
    assert tally is not None
    assert (tally.succeeded.total, tally.failed.total) == (2, 1)


def test_what_happens_is_told_in_order_and_only_when_it_is_stored(bench: Bench) -> None:
    note.dispatch("a")
    fails.dispatch()
    bench.work(stop_when_empty=True)
    assert bench.events() == [
        "busy",
        "started",
        "output",
        "succeeded",
        "started",
        "output",
        "failed",
        "leaving",
    ]
    started, output, failed = bench.said[1], bench.said[2], bench.said[6]
    assert output["cause"] == started["job"]["cause"]
    assert started["job"] == {
        "id": started["job"]["id"],
        "name": note.name,
        "queue": "default",
        "cause": [f"job {note.name}"],
    }
    assert (failed["outcome"], failed["error"], failed["attempt"]) == ("failed", "no", 1)


def test_whom_the_output_belongs_to_is_told_where_it_changes(bench: Bench) -> None:
    for text in "aab":
        note.dispatch(text)
    bench.work(stop_when_empty=True)
    assert bench.events().count("output") == 1


def test_a_job_that_dispatches_rings_for_the_others(bench: Bench) -> None:
    dispatches.dispatch()
    bench.work(stop_when_empty=True)
    message = bench.said[bench.events().index("dispatched")]
    assert message["queues"] == ["other"]
    assert message["jobs"][0]["cause"] == [f"job {dispatches.name}"]


def test_brief_news_of_many_jobs_stand_for_all_of_them(bench: Bench) -> None:
    bench.is_told_in_brief = True
    note.dispatch("many")
    ACTIONS["many"] = lambda: note.dispatch_many([(str(n),) for n in range(401)])
    bench.work(stop_when_empty=True)
    for kind, count in (("started", 402), ("succeeded", 402)):
        told = [message for message in bench.said if message["ev"] == kind]
        assert len(told) + sum(message["skipped"] for message in told) == count
        assert len(told) < count
    queued = [message for message in bench.said if "jobs" in message]
    assert sum(len(message["jobs"]) + message["skipped"] for message in queued) == 401
    rung = [queue for message in bench.said for queue in message.get("queues", ())]
    assert len(rung) == 401  # whatever is told, every job rings
    assert bench.events()[-1] == "leaving"


def test_many_jobs_that_a_job_dispatched_are_told_in_messages_of_at_most_200(bench: Bench) -> None:
    note.dispatch("many")
    ACTIONS["many"] = lambda: note.options(queue="other").dispatch_many([(str(n),) for n in range(401)])
    bench.work(stop_when_empty=True)
    messages = [message for message in bench.said if message["ev"] == "dispatched"]
    assert [len(message["queues"]) for message in messages] == [200, 200, 1]
    told = [each["id"] for message in messages for each in message["jobs"]]
    stored = bench.driver.select(JobFilter(queue="other", limit=500))
    assert told == [each.id for each in reversed(stored)]


def test_an_idle_worker_says_so_and_runs_a_delayed_job_when_it_is_due(bench: Bench) -> None:
    original = bench.driver.next_due

    def next_due(queues: Any) -> float | None:
        if not SEEN:  # it has looked and found nothing, so it cannot be due already
            note.options(delay=0.02).dispatch("a")
            SEEN.append("idle")
        return original(queues)

    bench.driver.next_due = next_due  # type: ignore[method-assign]
    bench.work(max_jobs=1, sleep=3600.0)
    assert SEEN == ["idle", "a"]
    assert bench.events()[:3] == ["idle", "dispatched", "busy"]


def test_a_ring_wakes_an_idle_worker(bench: Bench) -> None:
    original = bench.driver.next_due

    def next_due(queues: Any) -> float | None:
        note.dispatch("a")  # between its look and its wait: the ring must not be lost
        assert bench.worker is not None
        bench.worker.ring()
        return original(queues)

    bench.driver.next_due = next_due  # type: ignore[method-assign]
    bench.work(max_jobs=1, sleep=3600.0)
    assert SEEN == ["a"]


def test_a_store_that_fails_for_a_moment_loses_no_settlement(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("native_runtime.queue.worker._STORE_PAUSE", 0.001)
    note.dispatch("a")
    ACTIONS["a"] = lambda: setattr(bench.driver, "failures", 3)
    assert bench.work(stop_when_empty=True, sleep=0.001) == 0
    assert bench.driver.count(JobFilter(states=(JobState.SUCCESS,))) == 1
    assert capsys.readouterr().err.count("the disk is full") == 3


@pytest.mark.parametrize("rest", [0.0, 0.001])
def test_while_a_store_fails_to_settle_a_worker_is_not_idle_and_asks_again_soon(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, rest: float
) -> None:
    monkeypatch.setattr("native_runtime.queue.worker._STORE_PAUSE", 0.001)
    states: list[str] = []

    def look() -> None:
        reading = scoreboard.read(bench.board)
        assert reading is not None
        states.append(reading.state)

    note.dispatch_many([("a",), ("b",)])
    ACTIONS["a"] = lambda: setattr(bench.driver, "failures", 3)
    bench.driver.on_failure = look
    assert bench.work(stop_when_empty=True, sleep=3600.0, rest=rest) == 0
    assert states == ["settling"] * 3
    assert SEEN == ["a", "b"]
    assert "idle" not in bench.events()
    assert bench.driver.count(JobFilter(states=(JobState.SUCCESS,))) == 2


def test_an_attempt_whose_claim_was_lost_is_not_told(bench: Bench) -> None:
    note.options(id="a").dispatch("steal")

    def steal() -> None:
        (claim,) = bench.driver.claims_of("w@1.2")
        from native_runtime.queue.driver import Release

        stolen: list[Settlement] = [Release(job_id="a", token=claim.token, at=4e9)]
        bench.driver.settle(stolen, now=0.0)

    ACTIONS["steal"] = steal
    bench.work(stop_when_empty=True)
    assert bench.events() == ["busy", "started", "output", "leaving"]


def test_jobs_in_the_hand_are_given_back_untouched_when_the_worker_is_asked_to_leave(bench: Bench) -> None:
    words = [f"{number:02}" for number in range(40)]
    for word in words:
        note.dispatch(word)
    ACTIONS["25"] = bench.drain
    assert bench.work() == 0
    assert words[:26] == SEEN
    jobs = bench.driver.select(JobFilter())
    assert {job.state for job in jobs[-26:]} == {JobState.SUCCESS}
    assert {(job.state, job.attempts) for job in jobs[:14]} == {(JobState.READY, 0)}
    assert bench.driver.workers() == []


def test_a_failure_is_settled_before_the_next_job_of_the_hand_begins(bench: Bench) -> None:
    for _ in range(6):  # after one and four jobs come many at once
        note.dispatch("before")
    failing = fails.dispatch()
    note.dispatch("after")
    states: list[JobState] = []
    ACTIONS["after"] = lambda: states.append(failing.status)
    assert bench.work(stop_when_empty=True) == 0
    assert states == [JobState.FAILED]


def test_a_job_that_another_follows_is_settled_before_the_next_job_of_the_hand_begins(bench: Bench) -> None:
    for _ in range(6):  # after one and four jobs come many at once
        note.dispatch("before")
    handle = chain(note.s("first"), note.options(queue="other").s("second")).dispatch()
    note.dispatch("after")
    current: list[str] = []
    ACTIONS["after"] = lambda: current.append(handle.current.id)
    assert bench.work(stop_when_empty=True) == 0
    assert current == [f"{handle.chain_id}:2"]
    told = bench.said[bench.events().index("dispatched")]
    assert (told["queues"], told["jobs"][0]["id"]) == (["other"], f"{handle.chain_id}:2")


def test_a_job_that_takes_long_keeps_no_other_job_from_other_workers(bench: Bench) -> None:
    bench.clock = StoppedClock()
    for word in ("a", "b", "c", "long"):
        note.dispatch(word)
    waiting = note.dispatch("waits")
    done = threading.Event()

    def until_others_are_free() -> None:
        while waiting.status != "ready":
            assert not done.wait(0.01)

    ACTIONS["long"] = until_others_are_free
    assert bench.work(stop_when_empty=True) == 0
    assert SEEN == ["a", "b", "c", "long", "waits"]
    assert {"ev": "dispatched", "queues": ["default"]} in bench.said


def test_no_more_jobs_are_claimed_than_the_worker_may_run(bench: Bench) -> None:
    for word in "abcdefgh":
        note.dispatch(word)
    held: list[int] = []
    ACTIONS.update({word: lambda: held.append(len(bench.driver.claims_of("w@1.2"))) for word in "abcdefgh"})
    assert bench.work(max_jobs=6) == 0
    assert list("abcdef") == SEEN
    assert max(held) <= 5  # one alone, then four of the five that are left, then one


def test_the_end_of_a_batch_is_told_once_behind_that_of_its_last_job(bench: Bench) -> None:
    batch([note.s("a"), note.s("b")], name="letters").dispatch()
    bench.work(stop_when_empty=True)
    told = [message for message in bench.said if message["ev"] in {"succeeded", "batch"}]
    assert [message["ev"] for message in told] == ["succeeded", "succeeded", "batch"]
    assert told[-1]["batch"].items() >= {
        "name": "letters", "status": "success", "total": 2, "succeeded": 2, "failed": 0, "cancelled": 0, "cause": [],
    }.items()  # fmt: skip


def test_members_of_a_failed_batch_are_told_as_cancelled_and_those_in_the_hand_never_begin(
    bench: Bench,
) -> None:
    for word in "pq":
        note.dispatch(word)  # quick ones, after which the worker claims by the handful
    handle = batch([fails.s(), *(note.s(word) for word in "abcd")]).dispatch()
    note.options(priority=-1).dispatch("z")
    bench.work(stop_when_empty=True)
    assert (handle.status, handle.cancelled, SEEN) == ("failed", 4, ["p", "q", "z"])
    members = {job.id for job in handle.jobs[1:]}
    cancelled = [message["job"]["id"] for message in bench.said if message["ev"] == "cancelled"]
    assert sorted(cancelled) == sorted(members)
    assert "cancelling" not in bench.events()
    assert bench.events().count("batch") == 1


def test_a_job_that_cancels_others_has_the_app_stop_those_that_run(bench: Bench) -> None:
    away = note.options(queue="elsewhere")
    group = batch([away.s("a"), away.s("b")]).dispatch()
    (held,) = bench.driver.claim(["elsewhere"], worker="other@2.3", limit=1, now=SystemClock().epoch())
    alone = note.options(queue="elsewhere").dispatch("c")

    def cancel() -> None:
        for found in (BatchHandle.find(group.id), JobHandle.find(alone.id)):
            assert found is not None
            assert found.cancel()

    ACTIONS["cancels"] = cancel
    note.dispatch("cancels")
    bench.work(stop_when_empty=True)
    told = [message for message in bench.said if message["ev"] == "cancelling"]
    assert told == [{"ev": "cancelling", "id": held.id, "token": held.token, "worker": "other@2.3"}]
    cancelled = [message["job"]["id"] for message in bench.said if message["ev"] == "cancelled"]
    assert cancelled == [group.jobs[1].id, alone.id]


def test_a_cancelled_job_that_is_given_back_from_the_hand_is_told_as_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "native_runtime.queue.hand.PATIENCE", 60.0
    )  # nothing leaves the hand before the drain
    bench.clock = StoppedClock()
    for word in "pq":
        note.dispatch(word)
    handles = note.dispatch_many([("drain",), ("a",), ("b",)])

    def cancel_and_drain() -> None:
        bench.driver.request_cancel(handles[1].id, now=SystemClock().epoch())
        bench.drain()

    ACTIONS["drain"] = cancel_and_drain
    bench.work()
    assert [handle.status for handle in handles] == ["success", "cancelled", "ready"]
    assert [message["job"]["id"] for message in bench.said if message["ev"] == "cancelled"] == [handles[1].id]


def test_a_failed_attempt_of_a_job_that_was_cancelled_meanwhile_is_not_told_as_retried(bench: Bench) -> None:
    def cancel_and_fail() -> None:
        bench.driver.request_cancel(handle.id, now=SystemClock().epoch())
        raise ConnectionError("away")

    ACTIONS["fails"] = cancel_and_fail
    handle = note.dispatch("fails")
    bench.work(stop_when_empty=True)
    assert handle.status == "cancelled"
    assert [event for event in bench.events() if event in {"retrying", "cancelled"}] == ["cancelled"]


def test_only_attempts_that_failed_count_as_failed_on_the_board(bench: Bench) -> None:
    ACTIONS["back"] = _raise_retry_once()
    ACTIONS["cancelled"] = lambda: _raise(JobCancelledError("stop"))
    ACTIONS["fails"] = lambda: _raise(Fail("no"))
    for word in ("back", "cancelled", "fails", "good"):
        note.dispatch(word)
    assert bench.work(stop_when_empty=True) == 0
    _, tally = scoreboard.look(bench.board)
    assert tally is not None
    assert SEEN == ["back", "back", "cancelled", "fails", "good"]
    assert (tally.succeeded.total, tally.failed.total) == (2, 1)


def _raise(error: Exception) -> None:
    raise error


def _raise_retry_once() -> Callable[[], None]:
    reasons = iter(["not yet"])

    def action() -> None:
        for reason in reasons:
            raise Retry(reason, delay=0, give_back=True)

    return action


def test_a_worker_with_an_app_asks_for_a_fresh_one_and_works_on_until_that_has_come(bench: Bench) -> None:
    note.dispatch_many([("grow",), ("b",), ("c",), ("d",)])
    ACTIONS["grow"] = lambda: setattr(bench, "resident", 65 * MEGABYTE)
    ACTIONS["c"] = bench.drain
    bench.has_app = True
    assert bench.work(memory=64) == 12
    assert SEEN == ["grow", "b", "c"]
    assert [message for message in bench.said if message["ev"] == "recycle"] == [
        {"ev": "recycle", "reason": "memory"}
    ]
    assert bench.said[-1] == {"ev": "leaving", "reason": "memory"}


def test_a_worker_far_over_its_memory_takes_no_job_until_its_app_has_answered(bench: Bench) -> None:
    note.dispatch_many([("grow",), ("b",)])
    ACTIONS["grow"] = lambda: setattr(bench, "resident", 97 * MEGABYTE)
    bench.has_app = True
    bench.on_recycle = lambda: threading.Thread(target=bench.drain).start()
    assert bench.work(memory=64) == 12
    assert SEEN == ["grow"]


def test_a_worker_with_an_app_runs_no_more_than_max_jobs(bench: Bench) -> None:
    note.dispatch_many([("a",), ("b",), ("c",)])
    bench.has_app = True
    bench.on_recycle = lambda: threading.Thread(target=bench.drain).start()
    assert bench.work(max_jobs=2) == 0
    assert SEEN == ["a", "b"]
    assert bench.said[-1]["reason"] == "max_jobs"
    assert bench.driver.claims_of("w@1.2") == []


def test_a_worker_for_which_no_fresh_one_can_be_had_works_on(bench: Bench) -> None:
    note.dispatch_many([("a",), ("b",), ("c",), ("d",)])
    ACTIONS["d"] = bench.drain
    bench.has_app = True
    bench.on_recycle = bench.stay
    assert bench.work(max_jobs=2) == 0
    assert SEEN == ["a", "b", "c", "d"]
    assert bench.events().count("recycle") == 1


def test_a_worker_with_many_jobs_asks_before_it_has_had_them_all(bench: Bench) -> None:
    note.dispatch_many([(str(number),) for number in range(30)])
    bench.has_app = True
    bench.on_recycle = lambda: SEEN.append("asked")
    ACTIONS["19"] = bench.drain
    assert bench.work(max_jobs=20, rest=1e-9) == 0
    assert SEEN.index("asked") == 18
    assert len(SEEN) == 21


def test_a_worker_whose_time_is_over_works_on_until_it_is_told_to_leave(bench: Bench) -> None:
    def let_the_clock_tick() -> None:
        clock = SystemClock()
        now = clock.monotonic()
        while clock.monotonic() == now:  # some tick 64 times a second
            pass

    note.dispatch_many([("a",), ("b",)])
    ACTIONS["a"] = let_the_clock_tick
    ACTIONS["b"] = bench.drain
    bench.has_app = True
    assert bench.work(max_time=1e-9) == 0
    assert SEEN == ["a", "b"]
    assert bench.said[-1]["reason"] == "max_time"
