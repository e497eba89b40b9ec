from __future__ import annotations

from native_runtime.events import NO_CAUSE, Cause
from native_runtime.processes.speaker import LAG, Speaker

SHORT = Cause(("job a",))
LONG = Cause(("event → handler", "job b"))


def test_child_that_never_told_has_no_cause_of_its_own() -> None:
    assert Speaker().cause(since=1.0) is None


def test_output_has_the_cause_of_the_job_that_runs() -> None:
    speaker = Speaker()
    speaker.turns_to(SHORT, now=1.0)
    assert speaker.cause(since=1000.0) == SHORT


def test_output_that_may_come_from_either_of_two_jobs_has_the_longer_chain() -> None:
    speaker = Speaker()
    speaker.turns_to(LONG, now=1.0)
    speaker.turns_to(SHORT, now=2.0)
    assert speaker.cause(since=2.0 + LAG / 2) == LONG
    assert speaker.cause(since=2.0 + LAG * 2) == SHORT


def test_output_that_waits_keeps_the_job_that_printed_it() -> None:
    speaker = Speaker()
    speaker.turns_to(LONG, now=1.0)
    for second in range(2, 10):
        speaker.turns_to(SHORT, now=float(second), heard=1.5)
    assert speaker.cause(since=1.5) == LONG


def test_jobs_that_printed_nothing_leave_no_trace() -> None:
    speaker = Speaker()
    for second in range(100):
        speaker.turns_to(LONG, now=float(second))
    speaker.turns_to(NO_CAUSE, now=100.0)
    assert len(speaker._told) == 2
    assert speaker.cause(since=101.0) == NO_CAUSE
