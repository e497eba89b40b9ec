from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from native_runtime import Fail, Retry, current_job, job
from native_runtime.errors import JobCancelledError, JobTimeoutError
from native_runtime.events import current_cause
from native_runtime.queue.attempt import Attempts, Report
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.driver import Ack, Finish, Release
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.failed import FailedJob
from native_runtime.queue.interrupter import Interrupter
from native_runtime.queue.queue import Queue
from native_runtime.queue.retry import Defaults, FailureKind
from native_runtime.queue.state import JobState
from native_runtime.queue.verdict import Quit
from native_runtime.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.queue.job_function import JobFunction


class UnspeakableError(Exception):
    """Cannot be shown."""

    def __str__(self) -> str:
        raise LookupError("no words")


class UnprintableError(UnspeakableError):
    """Its traceback cannot be shown either."""

    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        raise SystemExit(1)


TO_RAISE: dict[str, BaseException] = {
    "exception": ValueError("no"),
    "exit": SystemExit(3),
    "memory": MemoryError(),
    "fail": Fail("the file ends early"),
    "retry": Retry(delay=7),
    "cancelled": JobCancelledError(),
    "quit": Quit(),
    "surrogate": FileNotFoundError("caf\udce9.png"),
    "surrogate fail": Fail("caf\udce9.png"),
    "fail with an error": Fail(UnspeakableError()),  # type: ignore[arg-type]
    "unspeakable": UnspeakableError(),
    "unprintable": UnprintableError(),
    "user timeout": TimeoutError("the server is slow"),
}

heard: list[FailedJob] = []


@job
def raises(which: str) -> None:
    raise TO_RAISE[which]


@job
def knows() -> dict[str, Any]:
    context = current_job()
    return {
        "id": context.id,
        "name": context.name,
        "attempt": context.attempt,
        "tries": context.tries,
        "cause": list(context.cause.trail),
    }


@job
def reports() -> None:
    for done in range(1000):
        current_job().progress(done / 1000, str(done))
    current_job().progress(1.5, "all")


@job
def looks() -> None:
    current_job().check_cancelled()


@job
async def slowly() -> str:
    await asyncio.sleep(0)
    return current_job().name


@job
def returns_no_data() -> int:
    return object()  # type: ignore[return-value]


def tell(failed: FailedJob) -> None:
    heard.append(failed)


@job(tries=1, on_failure=tell)
def told(which: str) -> None:
    raise TO_RAISE[which]


@job(queue="care", tries=9)
def care(failed: FailedJob) -> None:
    heard.append(failed)


@job(tries=1, on_failure=care)
def cared_for() -> None:
    raise ValueError("no")


class House:
    """A store, and somebody who runs what is in it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.driver = MemoryDriver()
        self.progress: list[tuple[float, str]] = []
        self.interrupter = Interrupter()
        self.queue = Queue(driver=self.driver, clock=self.clock)
        self.attempts = Attempts(
            driver=self.driver,
            clock=self.clock,
            interrupter=self.interrupter,
            defaults=Defaults(tries=2, backoff=(5.0,)),
            tell_progress=lambda _claim, fraction, note: self.progress.append((fraction, note)),
        )

    def run(self, function: JobFunction[..., Any, Any], *args: object, **options: Any) -> Report:
        """Dispatch a call, and run the next job of its queue."""
        function.options(**options).dispatch(*args)
        return self.run_next(function.declared.queue)

    def run_next(self, queue: str = "default") -> Report:
        """Run the next job, and settle it."""
        (claim,) = self.driver.claim([queue], worker="w", limit=1, now=self.clock.epoch())
        report = self.attempts.run(claim)
        self.driver.settle([report.settlement], now=self.clock.epoch())
        return report


@pytest.fixture
def house() -> Iterator[House]:
    heard.clear()
    made = House()
    CURRENT.put(made.queue)
    yield made
    CURRENT.clear(made.queue)


def test_a_success_is_acknowledged_with_its_result(house: House) -> None:
    report = house.run(knows, id="a", tries=4)
    assert report.failure is None
    assert isinstance(report.settlement, Ack)
    assert knows.payloads.decode_result(report.settlement.result) == {
        "id": "a",
        "name": knows.name,
        "attempt": 1,
        "tries": 4,
        "cause": [f"job {knows.name}"],
    }


def test_the_context_and_cause_end_with_the_job(house: House) -> None:
    house.run(knows)
    assert current_job().id == ""
    assert current_cause().depth == 0


@pytest.mark.parametrize(
    ("which", "kind", "error"),
    [
        ("exception", FailureKind.EXCEPTION, "ValueError: no"),
        ("exit", FailureKind.EXCEPTION, "SystemExit: 3"),
        ("memory", FailureKind.OOM, "MemoryError"),
        ("fail", FailureKind.FAIL, "the file ends early"),
        ("retry", FailureKind.RETRY, "Retry: the job asked to run again"),
        ("cancelled", FailureKind.CANCELLED, ""),
        ("quit", FailureKind.QUIT, ""),
        ("user timeout", FailureKind.EXCEPTION, "TimeoutError: the server is slow"),
    ],
)
def test_what_leaves_a_job_is_classified(house: House, which: str, kind: FailureKind, error: str) -> None:
    report = house.run(raises, which)
    assert report.failure is not None
    assert (report.failure.kind, report.failure.error) == (kind, error)


@pytest.mark.parametrize(
    ("which", "error"),
    [
        ("surrogate", "FileNotFoundError: caf\\udce9.png"),
        ("surrogate fail", "caf\\udce9.png"),
        ("fail with an error", "(its text cannot be shown: __str__ raised LookupError)"),
        ("unspeakable", "UnspeakableError: (its text cannot be shown: __str__ raised LookupError)"),
        ("unprintable", "UnprintableError: (its text cannot be shown: __str__ raised LookupError)"),
    ],
)
def test_an_error_whose_text_cannot_be_shown_or_stored_is_a_failure_like_any_other(
    house: House, which: str, error: str
) -> None:
    failure = house.run(raises, which).failure
    assert failure is not None
    assert failure.error == error
    failure.error.encode()
    failure.traceback.encode()


def test_a_traceback_that_cannot_be_shown_says_so(house: House) -> None:
    failure = house.run(raises, "unprintable").failure
    assert failure is not None
    assert failure.traceback == "(the traceback cannot be shown: formatting it raised SystemExit)\n"


def test_a_traceback_begins_in_the_users_code(house: House) -> None:
    failure = house.run(raises, "exception").failure
    assert failure is not None
    lines = failure.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "test_attempt.py" in lines[1]
    assert lines[-1] == "ValueError: no"


def test_a_failure_is_retried_with_the_workers_settings(house: House) -> None:
    first = house.run(raises, "exception", id="a").settlement
    assert isinstance(first, Release)
    assert first.at == house.clock.epoch() + 5
    house.clock.advance(5)
    second = house.run_next().settlement
    assert isinstance(second, Finish)
    assert second.outcome is JobState.FAILED


def test_a_job_that_asks_for_a_pause_gets_it(house: House) -> None:
    release = house.run(raises, "retry").settlement
    assert isinstance(release, Release)
    assert release.at == house.clock.epoch() + 7


def test_a_result_that_is_no_data_fails_the_job_at_once(house: House) -> None:
    report = house.run(returns_no_data)
    assert isinstance(report.settlement, Finish)
    assert "result" in report.settlement.error


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("no.such.module.work", "no module of it can be imported"),
        ("native_runtime.clock.work", "its module has no such job"),
    ],
)
def test_a_job_that_nobody_knows_fails_with_what_to_do(house: House, name: str, problem: str) -> None:
    handle = knows.dispatch()
    (claim,) = house.driver.claim(["default"], worker="w", limit=1, now=house.clock.epoch())

    report = house.attempts.run(replace(claim, new=replace(claim.new, name=name)))
    assert isinstance(report.settlement, Finish)
    assert problem in report.settlement.error
    assert "workers.toml" in report.settlement.error
    assert report.settlement.job_id == handle.id


def test_an_async_job_runs_in_its_context(house: House) -> None:
    settlement = house.run(slowly).settlement
    assert isinstance(settlement, Ack)
    assert slowly.payloads.decode_result(settlement.result) == slowly.name


def test_progress_is_noted_at_most_every_tenth_of_a_second_and_at_the_end(house: House) -> None:
    house.run(reports, id="a")
    assert house.progress == [(0.0, "0"), (1.0, "all")]
    found = house.driver.find("a")
    assert found is not None
    assert (found.progress, found.progress_note) == (1.0, "all")


def test_a_job_sees_that_it_is_to_stop(house: House) -> None:
    looks.options(id="a").dispatch()
    (claim,) = house.driver.claim(["default"], worker="w", limit=1, now=house.clock.epoch())
    house.driver.request_cancel("a", now=house.clock.epoch())
    report = house.attempts.run(claim)
    assert isinstance(report.settlement, Finish)
    assert report.settlement.outcome is JobState.CANCELLED


def test_a_job_that_turns_its_timeout_into_an_error_of_its_own_has_timed_out(house: House) -> None:
    house.interrupter._sent = JobTimeoutError
    failure = house.attempts._failure(claim_of(house), ValueError("my cleanup failed"))
    assert failure.kind is FailureKind.TIMEOUT
    assert "timeout of 60 s" in failure.error


def claim_of(house: House) -> Any:
    """Some attempt."""
    knows.dispatch()
    return house.driver.claim(["default"], worker="w", limit=1, now=house.clock.epoch())[0]


def test_a_handler_hears_of_the_failure_in_a_job_of_its_own(house: House) -> None:
    house.run(told, "exception", id="a")
    report = house.run_next()
    assert report.failure is None
    (failed,) = heard
    assert (failed.id, failed.job, failed.outcome, failed.attempts) == ("a", told.name, "failed", 1)
    assert (failed.error, failed.queue) == ("ValueError: no", "default")
    assert failed.traceback.endswith("ValueError: no\n")
    assert failed.failed_at == "2026-01-01T12:00:00+00:00"
    assert report.claim.new.cause == (f"job {told.name}",)


def test_a_handler_that_is_a_job_keeps_its_own_options(house: House) -> None:
    house.run(cared_for)
    report = house.run_next("care")
    assert report.claim.new.tries == 9
    assert len(heard) == 1


def test_a_handler_does_not_hear_of_a_cancellation(house: House) -> None:
    house.run(told, "cancelled")
    assert house.driver.claim(["default"], worker="w", limit=1, now=house.clock.epoch()) == []


def test_outside_of_a_job_the_context_takes_everything_and_tells_nobody() -> None:
    context = current_job()
    context.progress(0.5, "half")
    context.check_cancelled()
    assert (context.id, context.name, context.attempt, context.tries) == ("", "", 1, None)


def test_log_lines_carry_the_job(house: House, caplog: pytest.LogCaptureFixture) -> None:
    @job
    def logs() -> None:
        current_job().log.info("half way")

    with caplog.at_level(logging.INFO):
        house.run(logs, id="a")
    assert caplog.messages == [f"[{logs.name} a #1] half way"]
