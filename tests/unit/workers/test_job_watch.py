"""Timeouts are enforced from outside: a warning first, the kill after the grace, and no harm from a sleeping laptop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import UnknownNameError
from native_runtime.processes.exit_status import Asked
from native_runtime.testing import FakeClock
from native_runtime.workers.activity import RunningJob
from native_runtime.workers.job_watch import CANCEL_GRACE, GRACE, SLEEP_JUMP, JobWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TICK = 0.25


class Workshop:
    """Running jobs on a clock of the test's own, and what the watch did about them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.jobs: dict[str, RunningJob] = {}
        self.did: list[tuple[object, ...]] = []
        self.is_forgotten = False
        self.before_kill: Callable[[], object] = lambda: None
        self.watch = JobWatch(
            running=lambda: {(child, 1): job for child, job in self.jobs.items()},
            send=self._send,
            kill=self._kill,
            clock=self.clock,
        )

    def begin(self, child: str, job: str = "a1", *, timeout: float = 10.0, token: int = 1) -> None:
        self.jobs[child] = RunningJob(
            id=job,
            name="app.slow",
            attempt=1,
            token=token,
            started=self.clock.monotonic(),
            timeout=timeout,
            seconds=0.0,
        )

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.clock.advance(TICK)
            self.watch.tick()

    def _send(self, run: tuple[str, int], message: Mapping[str, object]) -> bool:
        self.did.append(("send", run[0], message))
        return True

    def _kill(self, run: tuple[str, int], asked: Asked, detail: str, unless: Callable[[], bool]) -> bool:
        self.before_kill()
        if unless():
            return False
        self.did.append(("kill", run[0], asked, detail))
        if self.is_forgotten:
            raise UnknownNameError("child", run[0], [])
        return True


WARNED = ("send", "w:1", {"op": "timeout", "job": "a1"})
KILLED = ("kill", "w:1", Asked.TIMEOUT, "job app.slow ran longer than its timeout of 10 s")


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


def test_job_within_its_time_is_left_alone(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.pass_time(10 - TICK)
    assert workshop.did == []


def test_job_is_warned_at_its_timeout_and_killed_once_after_the_grace(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.pass_time(10)
    assert workshop.did == [WARNED]
    workshop.pass_time(GRACE - TICK)
    assert workshop.did == [WARNED]
    workshop.pass_time(5)
    assert workshop.did == [WARNED, KILLED]


def test_job_that_heeds_the_warning_is_not_killed(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.pass_time(10)
    workshop.begin("w:1", "a2")
    workshop.pass_time(9)
    assert workshop.did == [WARNED]


def test_next_attempt_of_the_same_job_has_its_own_time(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.pass_time(9)
    workshop.begin("w:1", token=2)
    workshop.pass_time(9)
    assert workshop.did == []


def test_job_without_a_timeout_may_run_for_ever(workshop: Workshop) -> None:
    workshop.begin("w:1", timeout=0.0)
    workshop.pass_time(1000)
    assert workshop.did == []


def test_sleep_of_the_machine_does_not_count(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.pass_time(4)
    workshop.clock.advance(8 * 3600)
    workshop.watch.tick()
    workshop.pass_time(6 - TICK)
    assert workshop.did == []
    workshop.pass_time(TICK)
    assert workshop.did == [WARNED]


def test_sleep_between_the_warning_and_the_kill_leaves_the_rest_of_the_grace(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.pass_time(10)
    workshop.clock.advance(3600)
    workshop.watch.tick()
    assert workshop.did == [WARNED]
    workshop.pass_time(GRACE)
    assert workshop.did == [WARNED, KILLED]


def test_long_idle_time_before_a_job_grants_it_nothing(workshop: Workshop) -> None:
    workshop.clock.advance(SLEEP_JUMP * 10)  # no ticks come while every worker is idle
    workshop.begin("w:1")
    workshop.pass_time(10)
    assert workshop.did == [WARNED]


def test_other_jobs_are_not_touched(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.begin("w:2", "a2", timeout=100.0)
    workshop.pass_time(15)
    assert workshop.did == [WARNED, KILLED]


def test_worker_that_is_forgotten_at_the_last_moment_is_no_error(workshop: Workshop) -> None:
    workshop.is_forgotten = True
    workshop.begin("w:1")
    workshop.pass_time(13)
    assert workshop.did == [WARNED, KILLED]


def test_cancelled_job_that_does_not_stop_is_killed_after_its_grace_and_is_not_to_blame(
    workshop: Workshop,
) -> None:
    workshop.begin("w:1", timeout=0.0)
    workshop.watch.cancelled("a1", 1)
    workshop.pass_time(CANCEL_GRACE - TICK)
    assert workshop.did == []
    workshop.pass_time(5)
    detail = "job app.slow was cancelled and did not stop within 5 s"
    assert workshop.did == [("kill", "w:1", Asked.STOP, detail)]


def test_cancellation_of_an_attempt_does_not_reach_the_next_one(workshop: Workshop) -> None:
    workshop.begin("w:1", timeout=0.0)
    workshop.watch.cancelled("a1", 1)
    workshop.begin("w:1", token=2, timeout=0.0)
    workshop.pass_time(3 * CANCEL_GRACE)
    assert workshop.did == []


def test_job_that_ends_right_before_the_kill_takes_no_other_job_with_it(workshop: Workshop) -> None:
    workshop.begin("w:1")
    workshop.before_kill = lambda: workshop.begin("w:1", "a2", token=2)
    workshop.pass_time(10 + GRACE)
    assert workshop.did == [WARNED]
    assert workshop.watch.take_aim(("w:1", 1)) is None


def test_for_which_job_a_worker_was_killed_is_told_once(workshop: Workshop) -> None:
    workshop.begin("w:1", token=7)
    workshop.pass_time(10 + GRACE)
    assert workshop.did == [WARNED, KILLED]
    assert (workshop.watch.take_aim(("w:1", 1)), workshop.watch.take_aim(("w:1", 1))) == (("a1", 7), None)
