"""What every job store promises about the limits and pauses of queues, and about permits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.queue.driver import Ack, PauseReason, QueueCounts, QueueDriver, Release
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.job import Claim, NewJob
from native_runtime.queue.rate import Rate
from native_runtime.queue.settings import QueueSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_800_000_000.0
TEN_PER_SECOND = Rate(10, 1.0)


@pytest.fixture(params=["memory", "sqlite"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[QueueDriver]:
    made: QueueDriver = (
        MemoryDriver() if request.param == "memory" else SqliteDriver(tmp_path / "queue.sqlite3", owner=True)
    )
    yield made
    made.close()


def fill(driver: QueueDriver, queue: str, count: int) -> None:
    driver.push([NewJob(name="n", queue=queue) for _ in range(count)], now=NOW)


def claim(driver: QueueDriver, *queues: str, limit: int = 100, now: float = NOW) -> list[Claim]:
    return driver.claim(queues, worker="w", limit=limit, now=now)


def queues_of(claims: list[Claim]) -> list[str]:
    return [each.new.queue for each in claims]


def done(claims: list[Claim]) -> list[Ack]:
    return [Ack(job_id=each.id, token=each.token) for each in claims]


def counts_of(driver: QueueDriver, queue: str) -> QueueCounts:
    (found,) = [each for each in driver.counts(now=NOW) if each.name == queue]
    return found


def configure(driver: QueueDriver, *settings: QueueSettings, now: float = NOW) -> None:
    driver.configure(settings, now=now)


# Concurrency


def test_no_more_jobs_run_at_once_than_the_queue_allows(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=2))
    fill(driver, "images", 4)
    first, second = claim(driver, "images"), claim(driver, "images")
    assert (len(first), len(second), claim(driver, "images")) == (1, 1, [])
    driver.settle(done(first), now=NOW)
    assert len(claim(driver, "images")) == 1
    assert claim(driver, "images") == []


def test_the_step_that_ends_a_job_starts_the_next(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=1))
    fill(driver, "images", 3)
    held, runs = claim(driver, "images"), 1
    while held:
        _, held = driver.exchange(done(held), ["images"], worker="w", limit=100, now=NOW)
        runs += len(held)
    assert runs == 3


def test_a_job_of_a_limited_queue_is_claimed_alone_and_says_so(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=9))
    fill(driver, "images", 2)
    fill(driver, "free", 2)
    (alone,) = claim(driver, "images", "free")
    assert (alone.new.queue, alone.is_limited) == ("images", True)
    ahead = claim(driver, "free", "images")
    assert queues_of(ahead) == ["free", "free"]
    assert not any(each.is_limited for each in ahead)


def test_a_queue_that_is_full_holds_up_no_other(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=1))
    fill(driver, "images", 2)
    fill(driver, "free", 3)
    claim(driver, "images")
    assert queues_of(claim(driver, "images", "free")) == ["free"] * 3


def test_a_job_that_is_put_back_makes_room(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=1))
    fill(driver, "images", 2)
    (held,) = claim(driver, "images")
    driver.settle([Release(job_id=held.id, token=held.token, at=NOW + 60)], now=NOW)
    assert len(claim(driver, "images")) == 1


def test_a_queue_that_is_full_is_not_due_and_one_with_room_is_due_at_once(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=1))
    fill(driver, "images", 2)
    held = claim(driver, "images")
    assert driver.next_due(["images"]) is None
    driver.settle(done(held), now=NOW)
    due = driver.next_due(["images"])
    assert due is not None
    assert due <= NOW


# What workers could begin


def test_jobs_that_workers_could_begin_are_counted_as_far_as_asked(driver: QueueDriver) -> None:
    fill(driver, "free", 5)
    fill(driver, "other", 2)
    fill(driver, "unasked", 1)
    driver.push([NewJob(name="n", queue="free", available_at=NOW + 10)], now=NOW)
    claim(driver, "free", limit=1)
    assert driver.claimable(["free", "other"], most=100, now=NOW) == 6
    assert driver.claimable(["free", "other"], most=100, now=NOW + 10) == 7
    assert driver.claimable(["free", "other"], most=3, now=NOW) == 3
    assert driver.claimable(["free"], most=3, now=NOW) == 3
    assert driver.claimable(["nobody knows it"], most=100, now=NOW) == 0


def test_nobody_could_begin_a_job_of_a_queue_that_is_closed(driver: QueueDriver) -> None:
    configure(
        driver,
        QueueSettings(name="file", paused=True),
        QueueSettings(name="battery", pause_on_battery=True),
    )
    driver.pause("hand")
    driver.hold(["battery"])
    for queue in ("file", "hand", "battery"):
        fill(driver, queue, 3)
        assert driver.claimable([queue], most=100, now=NOW) == 0
        driver.resume(queue)
        assert driver.claimable([queue], most=100, now=NOW) == 3


def test_of_a_limited_queue_as_many_could_begin_as_may(driver: QueueDriver) -> None:
    configure(
        driver,
        QueueSettings(name="images", concurrency=2),
        QueueSettings(name="api", rate=TEN_PER_SECOND),
    )
    fill(driver, "images", 9)
    fill(driver, "api", 30)
    assert driver.claimable(["images", "api"], most=100, now=NOW) == 2 + 10
    claim(driver, "images")
    assert driver.claimable(["images"], most=100, now=NOW) == 1
    claim(driver, "images")
    assert driver.claimable(["images"], most=100, now=NOW) == 0
    for _ in range(10):
        claim(driver, "api")
    assert driver.claimable(["api"], most=100, now=NOW) == 0
    assert driver.claimable(["api"], most=100, now=NOW + 0.25) == 2


# Rate


def test_a_rate_lets_its_number_through_and_then_one_in_each_part_of_its_period(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="api", rate=TEN_PER_SECOND))
    fill(driver, "api", 20)
    assert sum(len(claim(driver, "api")) for _ in range(20)) == 10
    due = driver.next_due(["api"])
    assert due is not None
    assert due == pytest.approx(NOW + 0.1, abs=1e-5)
    assert claim(driver, "api", now=due - 0.001) == []
    assert len(claim(driver, "api", now=due)) == 1
    assert claim(driver, "api", now=due) == []


def test_a_look_at_an_empty_queue_costs_no_token(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="api", rate=Rate(1, 60.0)))
    assert claim(driver, "api") == []
    assert driver.next_due(["api"]) is None
    fill(driver, "api", 1)
    assert len(claim(driver, "api")) == 1


def test_a_delayed_job_of_a_rated_queue_is_due_when_both_allow_it(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="api", rate=Rate(1, 60.0)))
    driver.push([NewJob(name="n", queue="api", available_at=NOW + 90)], now=NOW)
    assert driver.next_due(["api"]) == NOW + 90
    fill(driver, "api", 2)
    claim(driver, "api")
    assert driver.next_due(["api"]) == pytest.approx(NOW + 60)


def test_a_clock_that_was_set_back_does_not_stop_a_rate(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="api", rate=Rate(1, 1.0)))
    fill(driver, "api", 3)
    assert len(claim(driver, "api")) == 1
    assert claim(driver, "api", now=NOW - 3600) == []
    assert len(claim(driver, "api", now=NOW - 3598)) == 1


def test_who_waited_long_for_the_store_gives_a_rate_no_time_that_it_has_had(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="api", rate=Rate(1, 1.0)))
    fill(driver, "api", 3)
    assert len(claim(driver, "api")) == 1
    assert (
        claim(driver, "api", now=NOW - 0.9) == []
    )  # read its clock before the other, and was let in behind it
    assert claim(driver, "api", now=NOW + 0.2) == []
    assert len(claim(driver, "api", now=NOW + 1.1)) == 1


def test_a_rate_that_is_configured_again_keeps_what_was_taken_and_another_begins_anew(
    driver: QueueDriver,
) -> None:
    configure(driver, QueueSettings(name="api", rate=Rate(1, 60.0)))
    fill(driver, "api", 3)
    claim(driver, "api")
    configure(driver, QueueSettings(name="api", rate=Rate(1, 60.0)))
    assert claim(driver, "api") == []
    configure(driver, QueueSettings(name="api", rate=Rate(2, 60.0)))
    assert len(claim(driver, "api")) == 1


def test_a_queue_that_is_not_configured_any_more_is_free(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=1, rate=Rate(1, 60.0), paused=True))
    configure(driver)
    fill(driver, "images", 3)
    assert len(claim(driver, "images")) == 3


# Pauses


def test_a_queue_may_be_paused_by_the_file_from_the_start(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", paused=True))
    fill(driver, "images", 1)
    assert claim(driver, "images") == []
    assert counts_of(driver, "images").paused
    assert counts_of(driver, "images").paused_by is PauseReason.FILE


@pytest.mark.parametrize("in_file", [True, False])
def test_what_was_done_by_hand_holds_until_the_file_changes(driver: QueueDriver, in_file: bool) -> None:  # noqa: FBT001 - both ways
    said = QueueSettings(name="images", concurrency=5, paused=in_file)
    configure(driver, said)
    fill(driver, "images", 1)
    (driver.resume if in_file else driver.pause)("images")
    configure(driver, said)
    assert counts_of(driver, "images").paused is not in_file
    configure(driver, QueueSettings(name="images", concurrency=5, paused=not in_file))
    assert counts_of(driver, "images").paused is not in_file
    configure(driver, said)
    assert counts_of(driver, "images").paused is in_file


def test_a_pause_by_hand_outlives_a_file_that_says_nothing_of_the_queue(driver: QueueDriver) -> None:
    driver.pause("images")
    configure(driver)
    assert counts_of(driver, "images").paused_by is PauseReason.HAND


def test_held_queues_wait_until_they_are_held_no_more(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", pause_on_battery=True))
    fill(driver, "images", 2)
    driver.hold(["images"])
    driver.hold(["images"])
    assert claim(driver, "images") == []
    assert driver.next_due(["images"]) is None
    assert counts_of(driver, "images").paused_by is PauseReason.BATTERY
    driver.hold([])
    assert len(claim(driver, "images")) == 2
    assert not counts_of(driver, "images").paused


def test_a_held_queue_can_be_opened_by_hand_and_a_paused_one_not_by_the_mains(driver: QueueDriver) -> None:
    fill(driver, "images", 2)
    driver.hold(["images"])
    driver.resume("images")
    assert counts_of(driver, "images").paused_by is None
    driver.hold(["images"])
    driver.pause("images")
    driver.hold([])
    assert counts_of(driver, "images").paused_by is PauseReason.HAND


def test_a_limited_queue_that_is_paused_gives_nothing_and_is_not_due(driver: QueueDriver) -> None:
    configure(driver, QueueSettings(name="images", concurrency=2, rate=TEN_PER_SECOND))
    fill(driver, "images", 2)
    driver.pause("images")
    assert claim(driver, "images") == []
    assert driver.next_due(["images"]) is None
    driver.resume("images")
    assert len(claim(driver, "images")) == 1


# Permits


def test_a_permit_is_held_by_one_until_it_is_given_up_or_expires(driver: QueueDriver) -> None:
    assert driver.acquire("k", "a", until=NOW + 9, now=NOW)
    assert not driver.acquire("k", "b", until=NOW + 9, now=NOW + 8.9)
    assert driver.acquire("other", "b", until=NOW + 9, now=NOW)
    assert driver.permits("k", now=NOW) == [NOW + 9]
    assert driver.acquire("k", "b", until=NOW + 20, now=NOW + 9)
    driver.release_all(["a"])
    assert driver.permits("k", now=NOW + 9) == [NOW + 20]
    driver.release_all(["x", "b"])
    assert driver.permits("k", now=NOW + 9) == []
    assert driver.permits("other", now=NOW) == []


def test_an_owner_prolongs_its_own_permit(driver: QueueDriver) -> None:
    driver.acquire("k", "a", until=NOW + 1, now=NOW)
    assert driver.acquire("k", "a", until=NOW + 5, now=NOW)
    assert driver.permits("k", now=NOW + 2) == [NOW + 5]


def test_as_many_permits_are_given_as_are_asked_for(driver: QueueDriver) -> None:
    given = [driver.acquire("k", str(each), until=NOW + each, now=NOW, most=3) for each in (3, 1, 2, 4)]
    assert given == [True, True, True, False]
    assert driver.permits("k", now=NOW + 1) == [NOW + 2, NOW + 3]


def test_tokens_are_taken_until_there_are_none_and_the_wait_is_exact(driver: QueueDriver) -> None:
    assert [driver.take("k", Rate(2, 10.0), now=NOW) for _ in range(2)] == [0.0, 0.0]
    wait = driver.take("k", Rate(2, 10.0), now=NOW)
    assert wait == pytest.approx(5.0, abs=1e-5)
    assert driver.take("other", Rate(2, 10.0), now=NOW) == 0.0
    assert driver.take("k", Rate(2, 10.0), now=NOW + wait - 0.001) > 0
    assert driver.take("k", Rate(2, 10.0), now=NOW + wait) == 0.0
    assert driver.take("k", Rate(2, 10.0), now=NOW + 999) == 0.0
