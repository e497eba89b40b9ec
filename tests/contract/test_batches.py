"""What every job store promises of batches, and of jobs that follow others: one suite, every driver."""

from __future__ import annotations

import json
import random
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from native_runtime.queue.batch_record import BatchPlan, BatchStatus, NewBatch, StoredBatch
from native_runtime.queue.driver import Ack, Finish, JobFilter, QueueDriver, Release
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.job import Claim, NewJob
from native_runtime.queue.planned import PlannedJob
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from native_runtime.queue.driver import Settlement

    Way = Callable[[Claim], Settlement]
    Deed = Callable[[QueueDriver, random.Random, list[Claim], list[str], float], object]

NOW = 1_800_000_000.0
LATER = NOW + 100.0
PLAN = BatchPlan(
    then=PlannedJob(name="then", args={"kept": msgspec.Raw(b"1")}, open="results", queue="after"),
    catch=PlannedJob(name="catch", args={}, open="failed", queue="after"),
    finally_=PlannedJob(name="finally", args={}, queue="after"),
    cause=("event X",),
)
LENIENT = msgspec.structs.replace(PLAN, allow_failures=True)


@pytest.fixture(params=["memory", "sqlite"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QueueDriver]:
    made: QueueDriver = (
        MemoryDriver() if request.param == "memory" else SqliteDriver(tmp_path / "queue.sqlite3", owner=True)
    )
    yield made
    made.close()


def store(driver: QueueDriver, size: int, plan: BatchPlan = PLAN, batch_id: str = "b") -> list[str]:
    jobs = tuple(NewJob(name=f"job {number}") for number in range(size))
    return [each.id for each in driver.batches.push(NewBatch(id=batch_id, jobs=jobs, plan=plan), now=NOW)]


def claims(driver: QueueDriver, limit: int = 99) -> list[Claim]:
    return driver.claim(["default"], worker="w", limit=limit, now=NOW)


def ack(claim: Claim, result: bytes | None = b"0") -> Ack:
    return Ack(job_id=claim.id, token=claim.token, result=result)


def fail(claim: Claim) -> Finish:
    return Finish(job_id=claim.id, token=claim.token, outcome=JobState.FAILED, error="E: no", traceback="tb")


def cancel(claim: Claim) -> Finish:
    return Finish(job_id=claim.id, token=claim.token, outcome=JobState.CANCELLED)


def seen(driver: QueueDriver, batch_id: str = "b") -> StoredBatch:
    found = driver.batches.find(batch_id)
    assert found is not None
    return found


def counts(driver: QueueDriver, batch_id: str = "b") -> tuple[str, int, int, int, int]:
    found = seen(driver, batch_id)
    return found.status.value, found.pending, found.succeeded, found.failed, found.cancelled


def after(driver: QueueDriver) -> list[str]:
    """The ids of what followed, oldest first."""
    return [job.id for job in reversed(driver.select(JobFilter(queue="after")))]


def news_of(driver: QueueDriver) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """The ids of what was added, the cancelled with their states, and the batches that ended, since the last call."""
    news = list(driver.batches.take_news())
    return (
        [job_id for each in news for job_id, _job in each.added],
        [(job.id, job.state.value) for each in news for job in each.cancelled],
        [batch.id for each in news for batch in each.ended],
    )


def arguments(driver: QueueDriver, job_id: str) -> dict[str, Any]:
    job = driver.find(job_id)
    assert job is not None
    given: dict[str, Any] = json.loads(job.new.payload)["args"]
    return given


# Batches


def test_a_batch_is_stored_with_its_jobs_in_order(driver: QueueDriver) -> None:
    driver.push([NewJob(name="other")], now=NOW)
    ids = store(driver, 3)
    assert counts(driver) == ("running", 3, 0, 0, 0)
    assert [job and (job.id, job.new.name) for job in driver.batches.jobs("b")] == [
        (job_id, f"job {number}") for number, job_id in enumerate(ids)
    ]
    assert (driver.batches.find("c"), driver.batches.jobs("c")) == (None, [])
    store(driver, 1, batch_id="c")
    assert [batch.id for batch in driver.batches.select()] == ["c", "b"]


def test_the_last_success_stores_what_follows_with_all_results_in_order(driver: QueueDriver) -> None:
    store(driver, 3)
    one, two, three = claims(driver)
    driver.settle([ack(three, b'"third"')], now=NOW)
    driver.settle([ack(one, None)], now=NOW)
    assert (counts(driver), after(driver)) == (("running", 1, 2, 0, 0), [])
    driver.settle([ack(two, b"2")], now=LATER)
    assert (counts(driver), after(driver)) == (("success", 0, 3, 0, 0), ["b:then", "b:finally"])
    assert arguments(driver, "b:then") == {"kept": 1, "results": [None, 2, "third"]}
    then = driver.find("b:then")
    assert then is not None
    assert (then.new.cause, then.created_at, seen(driver).ended_at) == (("event X",), LATER, LATER)
    assert news_of(driver) == (["b:then", "b:finally"], [], ["b"])
    assert news_of(driver) == ([], [], [])


def test_acks_in_one_step_are_all_counted_beside_jobs_of_no_batch(driver: QueueDriver) -> None:
    store(driver, 50)
    driver.push([NewJob(name="other"), NewJob(id="named", name="other")], now=NOW)
    settled, none = driver.exchange(
        [ack(each) for each in claims(driver)], ["default"], worker="w", limit=9, now=NOW
    )
    assert (all(settled), len(settled), none) == (True, 52, [])
    assert (counts(driver), after(driver)) == (("success", 0, 50, 0, 0), ["b:then", "b:finally"])


def test_what_follows_is_claimed_in_the_step_that_ends_the_batch(driver: QueueDriver) -> None:
    store(driver, 1)
    (last,) = claims(driver)
    _settled, claimed = driver.exchange([ack(last)], ["after"], worker="w", limit=9, now=NOW)
    assert [claim.id for claim in claimed] == ["b:then", "b:finally"]


def test_a_claim_that_was_lost_counts_nothing(driver: QueueDriver) -> None:
    store(driver, 1)
    (lost,) = claims(driver)
    driver.settle([Release(job_id=lost.id, token=lost.token, at=NOW)], now=NOW)
    (held,) = claims(driver)
    assert driver.settle([ack(lost), fail(lost)], now=NOW) == [False, False]
    assert (counts(driver), after(driver)) == (("running", 1, 0, 0, 0), [])
    assert driver.settle([ack(held), ack(held)], now=NOW) == [True, False]
    assert counts(driver) == ("success", 0, 1, 0, 0)


def test_the_first_failure_cancels_what_waits_and_is_caught_once(driver: QueueDriver) -> None:
    store(driver, 5)
    one, two, three = claims(driver, 3)
    driver.settle([fail(two)], now=LATER)
    assert (counts(driver), after(driver)) == (("running", 2, 0, 1, 2), ["b:catch"])
    failed = arguments(driver, "b:catch")["failed"]
    assert (failed["id"], failed["job"], failed["error"], failed["outcome"]) == (
        two.id,
        "job 1",
        "E: no",
        "failed",
    )
    driver.settle([fail(three), ack(one)], now=LATER)
    assert (counts(driver), after(driver)) == (("failed", 0, 1, 2, 2), ["b:catch", "b:finally"])


def test_a_running_job_of_a_batch_that_failed_does_not_run_again(driver: QueueDriver) -> None:
    store(driver, 2)
    one, two = claims(driver)
    driver.settle([fail(one)], now=NOW)
    driver.settle([Release(job_id=two.id, token=two.token, at=LATER)], now=NOW)
    assert (counts(driver), claims(driver)) == (("failed", 0, 0, 1, 1), [])


def test_failures_that_are_allowed_leave_gaps_in_the_results(driver: QueueDriver) -> None:
    store(driver, 3, LENIENT)
    one, two, three = claims(driver)
    driver.settle([ack(three, b"3"), fail(two), ack(one, b"1")], now=NOW)
    assert counts(driver) == ("success", 0, 2, 1, 0)
    assert after(driver) == ["b:catch", "b:then", "b:finally"]
    assert arguments(driver, "b:then")["results"] == [1, None, 3]


def test_a_cancelled_batch_ends_when_its_running_jobs_have(driver: QueueDriver) -> None:
    ids = store(driver, 3, LENIENT)
    (running,) = claims(driver, 1)
    assert driver.batches.cancel("b", now=NOW)
    stopped = [(ids[0], "running"), (ids[1], "cancelled"), (ids[2], "cancelled")]
    assert news_of(driver) == ([], stopped, [])
    assert (counts(driver), after(driver)) == (("running", 1, 0, 0, 2), [])
    driver.settle([cancel(running)], now=NOW)
    assert (counts(driver), after(driver)) == (("cancelled", 0, 0, 0, 3), ["b:finally"])
    assert news_of(driver) == (["b:finally"], [], ["b"])
    assert not driver.batches.cancel("b", now=NOW)
    assert not driver.batches.cancel("unknown", now=NOW)
    assert news_of(driver) == ([], [], [])


def test_a_cancelled_batch_does_not_succeed_though_its_jobs_do(driver: QueueDriver) -> None:
    store(driver, 1)
    (running,) = claims(driver)
    driver.batches.cancel("b", now=NOW)
    driver.settle([ack(running)], now=NOW)
    assert (counts(driver), after(driver)) == (("cancelled", 0, 1, 0, 0), ["b:finally"])


def test_cancelling_its_last_waiting_job_ends_the_batch(driver: QueueDriver) -> None:
    ids = store(driver, 2)
    (running,) = claims(driver, 1)
    driver.settle([ack(running)], now=NOW)
    driver.request_cancel(ids[1], now=NOW)
    assert (counts(driver), after(driver)) == (("cancelled", 0, 1, 0, 1), ["b:finally"])


def test_a_waiting_job_that_is_forgotten_counts_as_cancelled(driver: QueueDriver) -> None:
    ids = store(driver, 2, LENIENT)
    (running,) = claims(driver, 1)
    assert driver.forget(JobFilter(states=(JobState.READY,))) == 1
    assert counts(driver) == ("running", 1, 0, 0, 1)
    driver.settle([ack(running, b"7")], now=NOW)
    assert (counts(driver), arguments(driver, "b:then")["results"]) == (("success", 0, 1, 0, 1), [7, None])
    assert [job and job.id for job in driver.batches.jobs("b")] == [ids[0], None]


def test_forgetting_all_that_is_left_ends_the_batch(driver: QueueDriver) -> None:
    store(driver, 2)
    assert driver.forget(JobFilter(states=(JobState.READY,), queue="default")) == 2
    assert (counts(driver), after(driver)) == (("cancelled", 0, 0, 0, 2), ["b:finally"])


def test_results_of_a_batch_are_neither_forgotten_nor_pruned_before_it(driver: QueueDriver) -> None:
    ids = store(driver, 2)
    driver.push([NewJob(id="alone", name="n")], now=NOW)
    one, two, alone = claims(driver)
    driver.settle([ack(one, b"1"), ack(alone)], now=NOW)
    assert driver.forget(JobFilter(ids=(one.id,))) == 0
    assert driver.prune(finished_before=LATER) == 1
    assert driver.find("alone") is None
    driver.settle([ack(two, b"2")], now=LATER)
    assert arguments(driver, "b:then")["results"] == [1, 2]
    assert driver.prune(finished_before=LATER) == 0  # it ended just then
    assert driver.prune(finished_before=LATER + 1) == 2
    assert (driver.batches.find("b"), driver.find(ids[0])) == (None, None)


def test_a_batch_that_failed_succeeds_once_its_failed_jobs_were_retried(driver: QueueDriver) -> None:
    ids = store(driver, 3)
    (one,) = claims(driver, 1)
    driver.settle([fail(one)], now=NOW)
    assert (counts(driver), after(driver)) == (("failed", 0, 0, 1, 2), ["b:catch", "b:finally"])
    assert driver.retry(ids, now=NOW) == ids
    assert counts(driver) == ("running", 3, 0, 0, 0)
    one, two, three = claims(driver)
    driver.settle([fail(one)], now=NOW)  # caught once already: the others go on
    driver.settle([ack(two, b"2"), ack(three, b"3")], now=NOW)
    assert counts(driver) == ("failed", 0, 2, 1, 0)
    driver.retry([one.id], now=NOW)
    (one,) = claims(driver)
    driver.settle([ack(one, b"1")], now=NOW)
    assert counts(driver) == ("success", 0, 3, 0, 0)
    assert after(driver) == ["b:catch", "b:finally", "b:then"]
    assert arguments(driver, "b:then")["results"] == [1, 2, 3]


def test_what_followed_once_does_not_follow_again(driver: QueueDriver) -> None:
    store(driver, 2, LENIENT)
    one, two = claims(driver)
    driver.settle([ack(one), fail(two)], now=NOW)
    driver.forget(JobFilter(queue="after", states=(JobState.READY,)))
    driver.retry([two.id], now=NOW)
    driver.settle([ack(each) for each in claims(driver)], now=NOW)
    assert (counts(driver), after(driver)) == (("success", 0, 2, 0, 0), [])


def test_an_empty_batch_is_over_at_once(driver: QueueDriver) -> None:
    store(driver, 0)
    store(driver, 0, batch_id="c")
    assert (counts(driver), after(driver)[:2]) == (("success", 0, 0, 0, 0), ["b:then", "b:finally"])
    assert arguments(driver, "c:then")["results"] == []
    assert driver.batches.jobs("b") == []


def test_batches_are_counted_apart(driver: QueueDriver) -> None:
    store(driver, 2)
    store(driver, 0, batch_id="none")
    store(driver, 2, batch_id="c")
    one, two, three, four = claims(driver)
    driver.settle([ack(two), ack(three)], now=NOW)
    assert counts(driver) == counts(driver, "c") == ("running", 1, 1, 0, 0)
    driver.settle([fail(four)], now=NOW)
    assert (counts(driver), counts(driver, "c")) == (("running", 1, 1, 0, 0), ("failed", 0, 1, 1, 0))
    driver.settle([ack(one)], now=NOW)
    assert counts(driver) == ("success", 0, 2, 0, 0)


def test_many_threads_end_a_batch_once(driver: QueueDriver) -> None:
    store(driver, 120)
    held = claims(driver, 120)
    shares = [held[start::4] for start in range(4)]

    def work(share: list[Claim]) -> None:
        for claim in share:
            driver.settle([ack(claim)], now=NOW)

    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (counts(driver), after(driver)) == (("success", 0, 120, 0, 0), ["b:then", "b:finally"])
    assert [(len(added), ended) for added, _cancelled, ended in [news_of(driver)]] == [(2, ["b"])]


@pytest.mark.parametrize("seed", range(40))
def test_stores_agree_on_batches_whatever_happens_to_their_jobs(seed: int, tmp_path: Path) -> None:
    memory, sqlite = MemoryDriver(), SqliteDriver(tmp_path / "queue.sqlite3", owner=True)
    ends = [play(each, random.Random(seed)) for each in (memory, sqlite)]
    sqlite.close()
    assert ends[0] == ends[1]


def play(driver: QueueDriver, dice: random.Random) -> list[object]:
    """Do things at random; what was seen after each."""
    ids = [*store(driver, 4), *store(driver, 5, LENIENT, "c"), driver.push([NewJob(name="n")], now=NOW)[0].id]
    held: list[Claim] = []
    story: list[object] = []
    for step in range(60):
        now = NOW + step
        story.append(DEEDS[dice.randrange(len(DEEDS))](driver, dice, held, ids, now))
        story.append([(driver.batches.find(each), driver.batches.jobs(each)) for each in ("b", "c")])
        story.append(news_of(driver))
        for each in (driver.batches.find("b"), driver.batches.find("c")):
            assert each is not None
            assert (each.pending == 0) is (each.status is not BatchStatus.RUNNING)
    assert len(after(driver)) <= 6
    return story


def do_claim(
    driver: QueueDriver, dice: random.Random, held: list[Claim], _ids: list[str], now: float
) -> object:
    held += driver.claim(["default"], worker="w", limit=dice.randint(1, 4), now=now)
    return [claim.id for claim in held]


def do_settle(
    driver: QueueDriver, dice: random.Random, held: list[Claim], _ids: list[str], now: float
) -> object:
    dice.shuffle(held)
    chosen = held[: dice.randint(0, 3)]
    ways = dice.choices(WAYS, k=len(chosen))
    if dice.random() < 0.5:
        del held[: len(chosen)]  # else they are presented again
    return driver.settle([way(claim) for way, claim in zip(ways, chosen, strict=True)], now=now)


def do_cancel(
    driver: QueueDriver, dice: random.Random, _held: list[Claim], ids: list[str], now: float
) -> object:
    return driver.request_cancel(dice.choice(ids), now=now)


def do_cancel_batch(
    driver: QueueDriver, dice: random.Random, _held: list[Claim], _ids: list[str], now: float
) -> object:
    return driver.batches.cancel(dice.choice("bc"), now=now) if dice.random() < 0.2 else None


def do_retry(
    driver: QueueDriver, dice: random.Random, _held: list[Claim], ids: list[str], now: float
) -> object:
    return driver.retry(dice.sample(ids, 3), now=now)


def do_forget(
    driver: QueueDriver, dice: random.Random, _held: list[Claim], ids: list[str], _now: float
) -> object:
    states = dice.choice([(JobState.READY,), (JobState.FAILED, JobState.SUCCESS), None])
    return driver.forget(JobFilter(ids=tuple(dice.sample(ids, 2)), states=states))


def release(claim: Claim) -> Release:
    return Release(job_id=claim.id, token=claim.token, at=NOW)


WAYS: tuple[Way, ...] = (ack, ack, ack, fail, cancel, release)
DEEDS: tuple[Deed, ...] = (
    do_claim,
    do_claim,
    do_settle,
    do_settle,
    do_settle,
    do_cancel,
    do_cancel_batch,
    do_retry,
    do_forget,
)


# What steps do by themselves is told


def test_the_end_of_a_batch_is_told_once_with_how_it_stands(driver: QueueDriver) -> None:
    store(driver, 2)
    one, two = claims(driver)
    driver.settle([ack(one)], now=NOW)
    assert news_of(driver) == ([], [], [])
    driver.settle([fail(two)], now=LATER)
    (news,) = driver.batches.take_news()
    assert news.ended == [seen(driver)]
    assert (news.ended[0].status, news.ended[0].failed, news.ended[0].ended_at) == ("failed", 1, LATER)
    assert news.ended[0].cause == ("event X",)
    assert driver.retry([two.id], now=LATER) == [two.id]
    (again,) = claims(driver)
    driver.settle([ack(again)], now=LATER)
    assert news_of(driver) == (["b:then"], [], ["b"])


def test_an_empty_batch_is_over_at_once_and_told_so(driver: QueueDriver) -> None:
    store(driver, 0)
    assert news_of(driver) == (["b:then", "b:finally"], [], ["b"])


def test_members_that_the_first_failure_cancels_are_told_those_in_hands_too(driver: QueueDriver) -> None:
    ids = store(driver, 4)
    first, _held = claims(driver, 2)
    driver.settle([fail(first)], now=LATER)
    (news,) = driver.batches.take_news()
    assert [(job.id, job.state) for job in news.cancelled] == [(ids[2], "cancelled"), (ids[3], "cancelled")]
    assert news.unneeded == [ids[1]]
    assert ([job_id for job_id, _job in news.added], news.ended) == (["b:catch"], [])


def test_a_cancelled_job_that_is_put_back_is_told_as_cancelled(driver: QueueDriver) -> None:
    driver.push([NewJob(name="n"), NewJob(id="named", name="n")], now=NOW)
    held = claims(driver)
    driver.request_cancel("named", now=NOW)
    back = [Release(job_id=each.id, token=each.token, at=NOW, give_back=True) for each in held]
    assert driver.settle(back, now=NOW) == [True, True]
    assert news_of(driver) == ([], [("named", "cancelled")], [])


def test_many_cancelled_jobs_are_told_by_the_page_and_each_once(driver: QueueDriver) -> None:
    ids = store(driver, 1_234)
    assert driver.batches.cancel("b", now=NOW)
    assert [job.id for news in driver.batches.take_news() for job in news.cancelled] == ids
    assert news_of(driver) == ([], [], [])


# What follows a job


def test_an_ack_stores_what_follows_only_if_its_claim_holds(driver: QueueDriver) -> None:
    driver.push([NewJob(id="a", name="n")], now=NOW)
    (claim,) = claims(driver)
    then = (NewJob(id="a:2", name="n", queue="after"),)
    stale = Ack(job_id="a", token=claim.token - 1, then=then)
    assert (driver.settle([stale], now=NOW), after(driver)) == ([False], [])
    acked = Ack(job_id="a", token=claim.token, then=then)
    assert (driver.settle([acked, acked], now=NOW), after(driver)) == ([True, False], ["a:2"])
    assert [news.added for news in driver.batches.take_news()] == [[("a:2", then[0])]]


def test_nothing_follows_a_job_that_was_cancelled(driver: QueueDriver) -> None:
    driver.push([NewJob(id="a", name="n")], now=NOW)
    (claim,) = claims(driver)
    driver.request_cancel("a", now=NOW)
    acked = Ack(job_id="a", token=claim.token, then=(NewJob(id="a:2", name="n", queue="after"),))
    assert (driver.settle([acked], now=NOW), after(driver)) == ([True], [])
    job = driver.find("a")
    assert job is not None
    assert job.state is JobState.SUCCESS
