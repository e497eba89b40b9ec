"""Limits of queues and middleware, kept by four real worker processes."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from native_runtime.clock import SystemClock
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.rate import Rate
from native_runtime.queue.settings import QueueSettings
from native_runtime.queue.state import JobState
from tests.system.queue.conftest import eventually

if TYPE_CHECKING:
    from native_runtime.queue.job import Job
    from tests.system.queue.conftest import House

WORKERS = 4
LONG_SLEEP = "--sleep=600"  # seconds: nobody may depend on looking again by itself


class Span(NamedTuple):
    """One run of a job."""

    begin: float
    end: float


def spans(house: House, name: str) -> list[Span]:
    """All runs that were noted under a name, by their beginning."""
    path = house.traces / name
    lines = path.read_text().splitlines() if path.exists() else []
    return sorted(Span(*map(float, line.split())) for line in lines)


def at_once(runs: list[Span]) -> int:
    """Most of the runs that overlapped."""
    return max(sum(other.begin <= run.begin < other.end for other in runs) for run in runs)


def configure(house: House, *settings: QueueSettings) -> None:
    house.driver.configure(settings, now=SystemClock().epoch())


def dispatch(house: House, count: int, *, queue: str, seconds: float, after: str = "") -> None:
    job = house.job("notes_its_time").options(queue=queue)
    for _ in range(count):
        job.dispatch(queue, seconds, after)


def all_done(house: House, queue: str, count: int) -> bool:
    return house.driver.count(JobFilter(queue=queue, states=(JobState.SUCCESS,))) == count


def assert_kept(rate: Rate, jobs: list[Job]) -> None:
    """Each job took its token after it was claimed and before it was over; no window saw too many of them."""
    times = [Span(job.started_at, job.finished_at) for job in jobs if job.started_at and job.finished_at]
    assert len(times) == len(jobs)
    for begin, end in product((each.begin for each in times), (each.end for each in times)):
        within = sum(begin <= each.begin and each.end <= end for each in times)
        assert within <= rate.count + max(0.0, end - begin) * rate.count / rate.period + 1e-3


def start_workers(house: House, queues: str, *, count: int = WORKERS) -> None:
    for number in range(count):
        house.worker(f"--queue={queues}", LONG_SLEEP, f"--name=w{number}")


def test_no_more_jobs_of_a_queue_run_at_once_than_it_allows_and_others_go_on(house: House) -> None:
    configure(house, QueueSettings(name="images", concurrency=2))
    dispatch(house, 2, queue="images", seconds=0.0, after="free")  # as many as may run, until others went on
    dispatch(house, 28, queue="images", seconds=0.02)
    dispatch(house, 100, queue="free", seconds=0.005)
    start_workers(house, "images,free")
    eventually(lambda: all_done(house, "images", 30) and all_done(house, "free", 100))
    limited, free = spans(house, "images"), spans(house, "free")
    assert (len(limited), len(free)) == (30, 100)
    assert at_once(limited) <= 2
    assert min(run.begin for run in free) < max(run.end for run in limited), (
        "they waited for the limited ones"
    )


def test_a_limited_queue_does_not_fall_to_one_job_per_sleep(house: House) -> None:
    configure(house, QueueSettings(name="images", concurrency=1))
    dispatch(house, 50, queue="images", seconds=0.001)
    start_workers(house, "images", count=2)
    eventually(lambda: all_done(house, "images", 50))  # at one job per sleep: hours
    assert at_once(spans(house, "images")) == 1


def test_a_rate_is_kept_and_a_worker_that_waits_for_a_token_needs_no_other_to_wake_it(house: House) -> None:
    rate = Rate(5, 0.5)
    configure(house, QueueSettings(name="api", rate=rate))
    dispatch(house, 20, queue="api", seconds=0.0)
    dispatch(house, 100, queue="free", seconds=0.005)
    start_workers(house, "api,free")
    eventually(lambda: all_done(house, "api", 20) and all_done(house, "free", 100))
    assert_kept(rate, house.driver.select(JobFilter(queue="api")))


def test_a_worker_that_leaves_a_limited_queue_for_another_tells_the_app_that_one_may_run(
    house: House,
) -> None:
    configure(house, QueueSettings(name="images", concurrency=1))
    worker = house.linked("--queue=free,images", LONG_SLEEP)
    worker.hear("idle")
    house.job("holds").options(queue="images").dispatch(until="go")
    dispatch(house, 1, queue="images", seconds=0.0)
    worker.say(op="ring")
    house.trace("holding")
    dispatch(house, 1, queue="free", seconds=0.0)
    (house.traces / "go").touch()
    assert worker.hear("dispatched")["queues"] == ["images"]
    eventually(lambda: all_done(house, "images", 2) and all_done(house, "free", 1))


def test_jobs_of_one_key_do_not_overlap_in_any_worker(house: House) -> None:
    job = house.job("alone")
    for number in range(8):
        job.dispatch(str(number % 2), 0.05)
    start_workers(house, "default")
    eventually(lambda: all_done(house, "default", 8))
    for user in ("0", "1"):
        runs = spans(house, f"alone {user}")
        assert (len(runs), at_once(runs)) == (4, 1)
    assert {found.attempts for found in house.driver.select(JobFilter())} == {1}


def test_the_rate_of_a_job_holds_for_all_workers(house: House) -> None:
    for _ in range(8):
        house.job("rated").dispatch()
    start_workers(house, "default")
    eventually(lambda: all_done(house, "default", 8))
    rated = house.driver.select(JobFilter())
    assert_kept(Rate(4, 1.0), rated)
    assert {found.attempts for found in rated} == {1}
