"""Circles of handlers and jobs, with real workers: each is cut, named once, and nothing else is touched."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

from native_runtime import ChildProcess
from native_runtime.events import NO_CAUSE, Cause, Event, EventBus
from native_runtime.events.loop_guard import DEFAULT_DEPTH
from native_runtime.events.refused_loop import FeedbackLoopRefused
from native_runtime.processes.events import MessageReceived, ProcessExited
from native_runtime.queue.events import JobFailed, JobQueued, JobRetrying, JobSucceeded
from native_runtime.workers.config_file import ConfigFile
from native_runtime.workers.events import ConfigReloaded
from tests.support.loop_jobs import (
    breaks,
    counts_down,
    dispatches_itself,
    dispatches_itself_whatever_comes,
    pings,
    pongs,
    prints,
    prints_aside,
    rests,
    stands_beside,
)
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime import Runtime
    from native_runtime.errors import FeedbackLoopError
    from tests.support.recorder import Recorder

DEADLINE = 60.0  # seconds
MARKS = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoed(Event):
    """An event of the app's own."""

    text: str


pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture(autouse=True)
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[FeedbackLoopError]:
    """Each time that a step was refused, also where nobody is told of it any more."""
    cuts: list[FeedbackLoopError] = []
    tell = EventBus.tell_refused

    def note(bus: EventBus, error: FeedbackLoopError) -> None:
        tell(bus, error)
        cuts.append(error)

    monkeypatch.setattr(EventBus, "tell_refused", note)
    return cuts


@pytest.fixture
def circle(recorder: Recorder, cuts: list[FeedbackLoopError]) -> Callable[..., FeedbackLoopRefused]:
    """Begins a circle twice, beside other work: it ends both times, and is told of once, by its steps."""

    def turn(begin: Callable[[], object], *steps: str, is_sure: bool = True) -> FeedbackLoopRefused:
        beside = [stands_beside.dispatch(number) for number in range(50)]
        begin()
        refused = recorder.wait_for(FeedbackLoopRefused)
        settle(recorder)
        before = len(cuts)
        begin()
        wait_until(lambda: len(cuts) > before)  # marks do not wait for the threads of handlers
        settle(recorder)
        assert recorder.all(FeedbackLoopRefused) == [refused]
        assert refused.circle[0] == refused.circle[-1]
        assert refused.refused in refused.circle[0]
        assert refused.depth > DEFAULT_DEPTH
        # Whoever looks on is held for one that may have done it, in some turns and in others not.
        assert len(refused.circle) == 1 + len(steps) or not is_sure
        assert all(any(step in each for each in refused.circle) for step in steps)
        beside += [stands_beside.dispatch(number) for number in range(50, 100)]
        assert [handle.result(timeout=DEADLINE) for handle in beside] == list(range(100))
        return refused

    return turn


def settle(recorder: Recorder) -> None:
    """Wait until nothing of a circle goes on: marks go behind it through each worker, output included."""
    before = -1
    while before != (now := turned(recorder)):
        before = now
        for queue in ("default", "ping", "pong", "aside"):
            mark = rests.options(queue=queue).dispatch()
            recorder.wait_for(JobSucceeded, job_id=mark.id)
        mark_line = f"mark {next(MARKS)}"
        prints_aside.dispatch(mark_line)
        recorder.wait_until(lambda events, line=mark_line: any(line in lines_of(each) for each in events))  # type: ignore[misc]


def lines_of(event: Event) -> tuple[str, ...]:
    return event.lines if isinstance(event, MessageReceived) else ()


def turned(recorder: Recorder) -> int:
    """How many events had a handler or a job behind the job they tell of."""
    return sum(each.cause.depth > 1 for each in recorder.all(Event))


def queued(recorder: Recorder, name: str) -> int:
    return len(recorder.all(JobQueued, job=name))


def test_handler_of_output_that_dispatches_a_job_that_prints(
    runtime: Runtime, recorder: Recorder, circle: Callable[..., FeedbackLoopRefused]
) -> None:
    def answer(_event: MessageReceived) -> None:
        prints.dispatch("and again")

    runtime.on(MessageReceived, answer, name="default:1")
    circle(lambda: prints.dispatch("once"), "answer", "prints")
    assert queued(recorder, prints.name) <= DEFAULT_DEPTH  # of two beginnings, with two steps a turn


def test_handler_of_a_failure_that_dispatches_the_failing_job_again(
    runtime: Runtime, recorder: Recorder, circle: Callable[..., FeedbackLoopRefused]
) -> None:
    def try_again(_event: JobFailed) -> None:
        breaks.dispatch()

    runtime.on(JobFailed, try_again)
    circle(breaks.dispatch, "try_again", "breaks")
    assert queued(recorder, breaks.name) == DEFAULT_DEPTH
    assert len(recorder.all(JobFailed, job=breaks.name)) == DEFAULT_DEPTH


def test_two_handlers_and_two_queues_in_a_circle(
    runtime: Runtime, recorder: Recorder, circle: Callable[..., FeedbackLoopRefused]
) -> None:
    def ping(_event: JobSucceeded) -> None:
        pings.dispatch()

    def pong(_event: JobSucceeded) -> None:
        pongs.dispatch()

    runtime.on(JobSucceeded, pong, job=pings.name)
    runtime.on(JobSucceeded, ping, job=pongs.name)
    circle(pings.dispatch, "pong", "pings", "pongs", "ping")
    assert queued(recorder, pings.name) == queued(recorder, pongs.name) == DEFAULT_DEPTH // 2


def test_circle_that_is_cut_at_another_step_is_still_the_same(
    runtime: Runtime,
    recorder: Recorder,
    circle: Callable[..., FeedbackLoopRefused],
    cuts: list[FeedbackLoopError],
) -> None:
    def try_again(_event: Event) -> None:
        breaks.dispatch()

    runtime.on(JobFailed, try_again)
    runtime.on(Echoed, lambda _event: breaks.dispatch())
    circle(breaks.dispatch, "try_again", "breaks")
    before = len(cuts)
    runtime.bus.publish(Echoed(text="one step more before the circle"))
    wait_until(lambda: len(cuts) > before)
    settle(recorder)
    assert len(recorder.all(FeedbackLoopRefused)) == 1


def test_handler_that_publishes_an_event_of_its_own(
    runtime: Runtime, recorder: Recorder, circle: Callable[..., FeedbackLoopRefused]
) -> None:
    def echo(event: Echoed) -> None:
        runtime.bus.publish(Echoed(text=event.text))

    runtime.on(Echoed, echo)
    circle(lambda: runtime.bus.publish(Echoed(text="hello")), "echo")
    assert len(recorder.all(Echoed)) == 2 * (1 + DEFAULT_DEPTH)


@pytest.mark.parametrize("lingers", [False, True])
def test_handler_that_edits_workers_toml_whenever_it_has_changed(
    runtime: Runtime,
    circle: Callable[..., FeedbackLoopRefused],
    tmp_path: Path,
    *,
    lingers: bool,
) -> None:
    file, edits = tmp_path / "workers.toml", count(1)
    reloads = runtime.events(ConfigReloaded, timeout=DEADLINE)  # misses nothing: it is no step of any chain
    depths: list[int] = []

    def write(text: str) -> None:
        file.write_text(f"{file.read_text()}{text}\n")

    def edit(event: ConfigReloaded) -> None:
        write(f"# {next(edits)}")
        if lingers:  # until the edit is known, as one that has more to do
            wait_until(lambda: is_known(event))

    def is_known(event: ConfigReloaded) -> bool:
        with runtime.events(ConfigReloaded, after=event.seq) as later:
            return bool(later.take(0))

    def begin() -> None:
        write(f"[queues.number-{len(depths)}]\nconcurrency = 1")
        for reloaded in reloads:
            depths.append(reloaded.cause.depth)
            if depths[-1] == DEFAULT_DEPTH:
                return

    runtime.on(ConfigReloaded, edit)
    circle(begin, "edit", is_sure=False)
    reloads.close()
    assert list(reloads) == []
    assert len(depths) <= 2 * (1 + DEFAULT_DEPTH)
    assert next(edits) <= 1 + 2 * DEFAULT_DEPTH


def test_onlooker_hears_of_each_edit_that_the_app_makes_as_soon_as_it_has_heard_of_the_last(
    runtime: Runtime, tmp_path: Path
) -> None:
    heard: list[Cause] = []
    runtime.on(ConfigReloaded, lambda event: heard.append(event.cause))
    file = ConfigFile(tmp_path / "workers.toml")
    for number in range(1, 2 * DEFAULT_DEPTH):
        file.set("workers.default.timeout", number)
        wait_until(lambda number=number: len(heard) == number)  # type: ignore[misc]
    assert set(heard) == {NO_CAUSE}


def test_job_that_dispatches_itself(recorder: Recorder, circle: Callable[..., FeedbackLoopRefused]) -> None:
    circle(dispatches_itself.dispatch, "dispatches_itself")
    failed = recorder.all(JobFailed)
    assert [each.job for each in failed] == [dispatches_itself.name] * 2
    assert all("FeedbackLoopError" in each.error for each in failed)
    assert recorder.all(JobRetrying) == []  # it would meet the same again
    assert queued(recorder, dispatches_itself.name) == 2 * DEFAULT_DEPTH


def test_refusal_that_a_job_catches_is_told_all_the_same(
    recorder: Recorder, circle: Callable[..., FeedbackLoopRefused]
) -> None:
    circle(dispatches_itself_whatever_comes.dispatch, "dispatches_itself_whatever_comes")
    assert recorder.all(JobFailed) == []


def test_handler_that_starts_the_child_whose_end_it_heard_of(
    runtime: Runtime, recorder: Recorder, circle: Callable[..., FeedbackLoopRefused]
) -> None:
    def start() -> None:
        ChildProcess.python(["-c", "pass"], "short")

    def start_again(_event: ProcessExited) -> None:
        start()

    runtime.on(ProcessExited, start_again, name="short")
    circle(start, "start_again")
    recorder.wait_for(
        ProcessExited, name="short", count=2 * (1 + DEFAULT_DEPTH)
    )  # marks do not wait for children
    settle(recorder)
    assert len(recorder.all(ProcessExited, name="short")) == 2 * (1 + DEFAULT_DEPTH)
    assert len(recorder.all(FeedbackLoopRefused)) == 1


def test_nested_jobs_below_the_depth_run_through(recorder: Recorder, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    counts_down.dispatch(DEFAULT_DEPTH - 1, ended)
    last = recorder.wait_for(JobSucceeded, job=counts_down.name, count=DEFAULT_DEPTH)
    assert ended.exists()
    assert last.cause.trail == (f"job {counts_down.name}",) * DEFAULT_DEPTH
    settle(recorder)
    assert recorder.all(FeedbackLoopRefused) == []
    assert recorder.all(JobFailed) == []


def test_whoever_only_looks_on_hears_of_the_end_of_the_longest_chain(
    runtime: Runtime, recorder: Recorder
) -> None:
    heard: list[JobFailed] = []
    runtime.on(JobFailed, heard.append)
    dispatches_itself.dispatch()
    failed = recorder.wait_for(JobFailed)
    settle(recorder)
    assert failed.cause.depth == DEFAULT_DEPTH
    wait_until(lambda: heard)
    assert heard == [failed]
    assert len(recorder.all(FeedbackLoopRefused)) == 1


def test_line_that_a_job_prints_carries_what_led_to_the_job(runtime: Runtime, recorder: Recorder) -> None:
    def speak(_event: Echoed) -> None:
        prints.dispatch("because of an event")

    runtime.on(Echoed, speak)
    runtime.bus.publish(Echoed(text="speak"))
    recorder.wait_for(MessageReceived, lines=("because of an event",))
    [message] = recorder.all(MessageReceived, lines=("because of an event",))
    assert [step.rpartition(".")[2] for step in message.cause.trail] == ["speak", "prints"]
