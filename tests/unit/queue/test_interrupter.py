from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import JobCancelledError, JobTimeoutError
from native_runtime.queue.interrupter import Interrupter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAR = 60.0  # seconds; a test that waits so long has failed


@pytest.fixture
def later() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Runs something in another thread, which is gone when the test ends."""
    threads: list[threading.Thread] = []

    def run(function: Callable[[], object]) -> None:
        threads.append(threading.Thread(target=function))
        threads[-1].start()

    yield run
    for thread in threads:
        thread.join(FAR)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing ends a wait in C there; the app's kill does")
@pytest.mark.parametrize("kind", [JobTimeoutError, JobCancelledError])
def test_a_job_that_waits_is_interrupted(
    later: Callable[[Callable[[], object]], None], kind: type[JobTimeoutError | JobCancelledError]
) -> None:
    interrupter = Interrupter()
    runs = threading.Event()

    def aim() -> None:
        runs.wait(FAR)
        interrupter.interrupt("a", kind)

    def job() -> None:
        runs.set()
        threading.Event().wait(FAR)

    later(aim)
    with pytest.raises(kind):
        interrupter.run("a", job)
    assert interrupter.sent is kind


def test_another_job_is_not_hit() -> None:
    interrupter = Interrupter()
    assert interrupter.run("a", lambda: interrupter.interrupt("b", JobTimeoutError)) is False
    assert interrupter.interrupt("a", JobTimeoutError) is False
    assert interrupter.sent is None


def test_a_job_is_interrupted_once(later: Callable[[Callable[[], object]], None]) -> None:
    interrupter = Interrupter()
    answers: list[bool] = []
    runs, told = threading.Event(), threading.Event()

    def aim() -> None:
        runs.wait(FAR)
        answers.append(interrupter.interrupt("a", JobTimeoutError))
        answers.append(interrupter.interrupt("a", JobCancelledError))
        told.set()

    def job() -> str:
        try:
            runs.set()
            for _ in range(int(FAR / 0.01)):  # in pieces, because not every system can end a wait
                threading.Event().wait(0.01)
        except JobTimeoutError:
            told.wait(FAR)
        return "done"

    later(aim)
    assert interrupter.run("a", job) == "done"
    assert answers == [True, False]


def test_an_interrupt_that_comes_as_the_job_ends_hits_nothing_else(
    later: Callable[[Callable[[], object]], None],
) -> None:
    interrupter = Interrupter()
    stop = threading.Event()
    hits = 0

    def aim() -> None:
        while not stop.is_set():
            interrupter.interrupt("a", JobTimeoutError)

    later(aim)
    try:
        for _ in range(2000):
            try:
                interrupter.run("a", lambda: None)
            except JobTimeoutError:
                hits += 1
            sum(range(50))  # an interrupt that came too late would strike here, and fail the test
    finally:
        stop.set()
    assert hits <= 2000


def test_what_the_job_raises_passes() -> None:
    with pytest.raises(ZeroDivisionError):
        Interrupter().run("a", lambda: 1 / 0)


def test_cancellation_of_a_job_that_was_told_but_has_not_begun_is_not_lost() -> None:
    interrupter = Interrupter()
    assert interrupter.interrupt("a", JobCancelledError) is False
    with pytest.raises(JobCancelledError, match="before it began"):
        interrupter.run("a", lambda: pytest.fail("it must not run"))
    assert interrupter.sent is JobCancelledError
    assert interrupter.run("a", lambda: "again") == "again"


def test_late_cancellation_of_a_job_that_is_over_hits_no_later_run_of_another() -> None:
    interrupter = Interrupter()
    interrupter.interrupt("a", JobCancelledError)
    assert interrupter.run("b", lambda: 1) == 1
    interrupter.forget_cancellations()
    assert interrupter.run("a", lambda: 2) == 2


def test_cancellations_of_jobs_that_wait_in_the_hand_are_all_kept_until_they_begin() -> None:
    interrupter = Interrupter()
    interrupter.interrupt("b", JobCancelledError)
    interrupter.interrupt("c", JobCancelledError)
    assert interrupter.run("a", lambda: 1) == 1
    for job_id in ("b", "c"):
        with pytest.raises(JobCancelledError):
            interrupter.run(job_id, lambda: 2)
    assert interrupter.run("b", lambda: 3) == 3


def test_late_timeout_of_a_job_that_is_over_does_not_hit_its_next_attempt() -> None:
    interrupter = Interrupter()
    interrupter.interrupt("a", JobTimeoutError)
    assert interrupter.run("a", lambda: 1) == 1
