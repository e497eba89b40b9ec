"""Middleware around jobs: the order, what it may do, and the three kinds that hold across processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from native_runtime import Fail, NoOverlap, RateLimit, Retry, ThrottleExceptions, job
from native_runtime.errors import OptionError
from native_runtime.queue.attempt import Attempts, Report
from native_runtime.queue.context import JobContext
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.driver import Ack, Release
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.duration import LONGEST
from native_runtime.queue.interrupter import Interrupter
from native_runtime.queue.permits import Permits
from native_runtime.queue.queue import Queue
from native_runtime.queue.rescue import rescue
from native_runtime.queue.retry import Defaults, FailureKind
from native_runtime.queue.state import JobState
from native_runtime.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from native_runtime.queue.job import Claim

T = TypeVar("T")
SEEN: list[str] = []
ACTIONS: dict[str, Callable[[], object]] = {}


class Says:
    """Tells when it is entered and left."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __call__(self, context: JobContext, call: Callable[[], T]) -> T:
        SEEN.append(f"{self.word} in {context.arguments}")
        try:
            return call()
        finally:
            SEEN.append(f"{self.word} out")


def skips(_context: JobContext, _call: Callable[[], object]) -> str:
    return "skipped"


def translates(_context: JobContext, call: Callable[[], object]) -> object:
    try:
        return call()
    except ValueError as error:
        raise Fail(f"not again: {error}") from error


@job(middleware=[Says("outer"), Says("inner")])
def said(a: int, b: int = 2) -> int:
    SEEN.append("ran")
    return a + b


@job(middleware=[skips])
def skipped() -> str:
    raise AssertionError("it was called")


@job(middleware=[translates])
def translated() -> None:
    raise ValueError("no")


@job(middleware=[Says("async")])
async def slowly(a: int) -> int:
    return a


@job(tries=2, middleware=[RateLimit("2/m", key="api:{account}")])
def limited(account: str) -> None:
    SEEN.append(account)


@job(tries=2, middleware=[NoOverlap("user:{user}", expires=60, pause=4)])
def alone(user: int) -> None:
    SEEN.append(f"user {user}")
    ACTIONS.get("alone", lambda: None)()


@job(tries=9, backoff=1, middleware=[ThrottleExceptions(2, per=60, backoff=30)])
def shaky(how: str) -> str:
    SEEN.append(how)
    if how == "raises":
        raise OSError("the server is down")
    if how == "asks":
        raise Retry(delay=1)
    return how


class House:
    """A store, and somebody who runs what is in it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.driver = MemoryDriver()
        self.queue = Queue(driver=self.driver, clock=self.clock)
        self.attempts = self.worker()

    def worker(self) -> Attempts:
        return Attempts(
            driver=self.driver,
            clock=self.clock,
            interrupter=Interrupter(),
            defaults=Defaults(tries=2, backoff=(5.0,)),
            tell_progress=lambda _claim, _fraction, _note: None,
        )

    def claim(self) -> Claim:
        (claim,) = self.driver.claim(["default"], worker="w", limit=1, now=self.clock.epoch())
        return claim

    def run(self) -> Report:
        """Run the next job, and settle it."""
        report = self.attempts.run(self.claim())
        assert self.driver.settle([report.settlement], now=self.clock.epoch()) == [True]
        return report

    def wait_of(self, report: Report) -> float:
        """Seconds after which the job comes back; it has kept its tries."""
        assert isinstance(report.settlement, Release)
        assert report.settlement.give_back
        return report.settlement.at - self.clock.epoch()


@pytest.fixture
def house() -> Iterator[House]:
    SEEN.clear()
    ACTIONS.clear()
    made = House()
    CURRENT.put(made.queue)
    yield made
    CURRENT.clear(made.queue)


def test_the_first_is_outermost_and_all_know_the_arguments(house: House) -> None:
    said.dispatch(1)
    assert house.run().settlement == Ack(job_id="j1", token=1, result=b"3")
    known = {"a": 1, "b": 2}
    assert [f"outer in {known}", f"inner in {known}", "ran", "inner out", "outer out"] == SEEN


def test_middleware_may_skip_the_call_or_turn_its_error_into_another(house: House) -> None:
    skipped.dispatch()
    assert house.run().settlement == Ack(job_id="j1", token=1, result=b'"skipped"')
    translated.dispatch()
    failure = house.run().failure
    assert failure is not None
    assert (failure.kind, failure.error) == (FailureKind.FAIL, "not again: no")


def test_middleware_is_left_when_an_asynchronous_job_is_done(house: House) -> None:
    slowly.dispatch(7)
    house.run()
    assert SEEN == ["async in {'a': 7}", "async out"]


@pytest.mark.usefixtures("house")
def test_a_plain_call_knows_no_middleware_and_dispatch_sync_runs_it() -> None:
    assert said(1) == 3
    assert SEEN == ["ran"]
    assert said.dispatch_sync(1) == 3
    assert len(SEEN) == 6
    limited.dispatch_sync("a")  # what needs a store lets it pass
    alone.dispatch_sync(1)
    assert shaky.dispatch_sync("works") == "works"


def test_a_job_over_its_rate_waits_for_the_next_token_and_keeps_its_tries(house: House) -> None:
    for account in ("a", "a", "a", "b"):
        limited.dispatch(account)
    house.run()
    house.run()
    report = house.run()
    assert report.failure is not None
    assert "the rate 2/60s of 'api:a' is used up" in report.failure.error
    assert house.wait_of(report) == pytest.approx(30.0, abs=1e-3)
    house.run()
    assert SEEN == ["a", "a", "b"]
    house.clock.advance(30.1)
    assert house.run().failure is None
    job_3 = house.driver.find("j3")
    assert job_3 is not None
    assert (job_3.state, job_3.attempts) == (JobState.SUCCESS, 1)


def test_jobs_of_one_key_do_not_overlap_and_others_do(house: House) -> None:
    alone.dispatch(1)
    alone.dispatch(1)
    alone.dispatch(2)
    meanwhile: list[Report] = []
    other = house.worker()

    def run_the_others() -> None:
        ACTIONS.clear()
        meanwhile.extend(other.run(house.claim()) for _ in range(2))

    ACTIONS["alone"] = run_the_others
    house.run()
    held_up, free = meanwhile
    assert SEEN == ["user 1", "user 2"]
    assert 3.0 <= house.wait_of(held_up) <= 5.0
    assert free.failure is None


def test_a_lock_ends_with_its_attempt_however_that_ends(house: House) -> None:
    def breaks() -> None:
        raise ValueError("no")

    ACTIONS["alone"] = breaks
    for _ in range(2):
        alone.dispatch(1)
    assert house.run().failure is not None
    assert house.run().failure is not None
    assert SEEN == ["user 1", "user 1"]


def test_a_lock_of_a_dead_worker_is_free_once_it_is_rescued_and_at_the_latest_when_it_expires(
    house: House,
) -> None:
    for _ in range(3):
        alone.dispatch(1)
    dead = house.claim()
    assert house.driver.acquire(
        "lock:user:1", f"{dead.id}#{dead.token}", until=house.clock.epoch() + 60, now=0
    )
    assert house.wait_of(house.run()) > 0
    rescue(house.driver, "w", FailureKind.CRASHED, None, now=house.clock.epoch())
    assert house.run().failure is None
    house.driver.acquire("lock:user:1", "somebody", until=house.clock.epoch() + 60, now=0)
    house.clock.advance(60)
    assert house.run().failure is None


def test_after_so_many_exceptions_nothing_of_the_kind_runs_for_a_while(house: House) -> None:
    for how in ("raises", "raises", "works"):
        shaky.dispatch(how)
    for _ in range(2):  # retried by the ordinary rules
        settlement = house.run().settlement
        assert isinstance(settlement, Release)
        assert (settlement.give_back, settlement.exception) == (False, True)
        assert settlement.at == house.clock.epoch() + 1
    assert house.wait_of(house.run()) == pytest.approx(30.0)
    assert SEEN == ["raises", "raises"]
    house.clock.advance(30)
    runs = [house.run() for _ in range(3)]
    assert SEEN[2:] == ["raises"], "one more within the period is enough"
    assert [run.failure is not None for run in runs] == [True] * 3
    for failing in ("j1", "j2"):
        house.driver.request_cancel(failing, now=house.clock.epoch())
    house.clock.advance(30)
    assert house.run().failure is None
    assert SEEN[3:] == ["works"]


def test_what_the_job_asks_for_itself_is_no_exception(house: House) -> None:
    for _ in range(3):
        shaky.dispatch("asks")
    for _ in range(3):
        house.run()
    assert SEEN == ["asks"] * 3


@pytest.mark.parametrize("wrong", [RateLimit, [RateLimit], ["x"], "x", None])
def test_what_cannot_be_called_around_a_job_is_refused(wrong: Any) -> None:
    with pytest.raises(OptionError, match="middleware: expected a list of what is called"):
        job(middleware=wrong)(skips)


@pytest.mark.parametrize("key", ["user:{usr}", "{0}", "{", "{}"])
def test_a_key_that_names_no_parameter_is_refused_where_the_job_is_made(key: str) -> None:
    def work(user: int) -> None: ...

    with pytest.raises(OptionError, match=r"keys that name only its parameters \(user\)"):
        job(middleware=[NoOverlap(key)])(work)


def test_middleware_is_not_an_option_of_one_dispatch() -> None:
    with pytest.raises(OptionError, match="it belongs to the function's @job"):
        said.options(middleware=[])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RateLimit("often"), "expected a rate such as"),
        (lambda: NoOverlap("k", expires=0), "expires: expected a number of seconds above 0, .*got 0"),
        (
            lambda: NoOverlap("k", pause=float("nan")),
            "pause: expected a number of seconds above 0, .*got nan",
        ),
        (lambda: NoOverlap("k", expires=10**400), "expires: expected a number of seconds above 0, at most 1"),
        (lambda: ThrottleExceptions(cast("int", 1.5), per=1, backoff=1), "count: expected a whole number"),
        (
            lambda: ThrottleExceptions(0, per=1, backoff=1),
            "count: expected a whole number of 1 or more, got 0",
        ),
        (lambda: ThrottleExceptions(1, per=1, backoff=-1), "backoff: expected a number of seconds above 0"),
    ],
)
def test_a_value_that_cannot_be_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "delay", [-1, -0.001, float("nan"), float("inf"), True, "5", 1e308, pytest.param(10**5000, id="huge")]
)
def test_a_delay_that_cannot_be_is_refused_where_it_is_raised(delay: Any) -> None:
    with pytest.raises(ValueError, match="Retry: delay: expected a number of seconds, 0 or more"):
        raise Retry(delay=delay)


def test_waits_beyond_the_longest_delay_are_cut_to_it() -> None:
    clock = FakeClock()
    context = JobContext(name="n")
    context.permits = Permits(driver=MemoryDriver(), clock=clock, owner="o")
    limit = RateLimit("1/999999999h")
    limit(context, bool)
    with pytest.raises(Retry) as waits:
        limit(context, bool)
    assert waits.value.delay == LONGEST


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (30, r"got 30; a delay is given by name: Retry\(delay=30\)"),
        (0.5, r"Retry\(delay=0.5\)"),
    ],
)
def test_what_is_no_reason_is_refused_where_it_is_raised(given: Any, advice: str) -> None:
    with pytest.raises(TypeError, match=advice):
        raise Retry(given)


def test_reason_may_be_the_exception_that_made_it_retry() -> None:
    assert (Retry(ValueError("x")).reason, str(Retry(ValueError("x")))) == ("x", "x")
    assert (Retry(None).reason, str(Retry())) == ("", "the job asked to run again")


@pytest.mark.parametrize("delay", [None, 0, 0.5, 10])
def test_a_delay_that_can_be_is_kept(delay: float | None) -> None:
    assert Retry("why", delay=delay).delay == delay
