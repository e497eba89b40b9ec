"""How many processes a worker should have: more while jobs wait, fewer after a while in which fewer would have done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.workers.autoscaler import (
    COUNTED,
    PATIENCE,
    Memory,
    Scale,
    Seen,
    decide,
    may_need_more,
    next_look,
    remember,
)
from native_runtime.workers.config import Processes

TICK = 0.25  # seconds between two looks, as the supervisor has it
START = 1000.0  # monotonic seconds
RULES = Processes(min=1, max=4, scale_up_step=1, idle_ttl=60.0)

Load = Callable[[float, int], tuple[int, int]]
"""At a moment, with so many processes: how many are busy, and how many jobs wait."""


@dataclass
class Worker:
    """A worker whose load a test decides, looked at as the scaler does it."""

    rules: Processes = RULES
    processes: int = 1
    now: float = START
    is_sound: bool = True
    changes: list[tuple[float, int, str]] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)

    def live(self, seconds: float, load: Load) -> list[int]:
        """Let time pass under a load; the numbers of processes it had after each change."""
        so_far = len(self.changes)
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            busy, waiting = load(self.now, self.processes)
            self.look(busy, waiting)
        return [processes for _at, processes, _reason in self.changes[so_far:]]

    def look(self, busy: int, waiting: int) -> Scale | None:
        seen = Seen(processes=self.processes, busy=busy, idle=self.processes - busy, is_sound=self.is_sound)
        if may_need_more(self.rules, seen):
            seen = Seen(processes=self.processes, busy=busy, idle=0, waiting=waiting, is_sound=self.is_sound)
        self.memory = remember(seen, self.memory, self.now)
        scale = decide(self.rules, seen, self.memory, self.now)
        if scale is not None:
            self.processes = scale.processes
            self.changes.append((self.now, scale.processes, scale.reason))
            self.memory = self.memory.scaled()
        return scale


def steady(demand: int) -> Load:
    """So many jobs at any time: they run, as far as there are processes, and the others wait."""
    return lambda _now, processes: (min(demand, processes), max(0, demand - processes))


def idle(_now: float, _processes: int) -> tuple[int, int]:
    return 0, 0


# Up


def test_jobs_that_wait_while_everybody_is_busy_bring_one_step_more() -> None:
    worker = Worker(processes=2)
    assert worker.live(PATIENCE, steady(414)) == []
    assert worker.live(TICK, steady(414)) == [3]
    assert worker.changes[-1][2] == "412 jobs wait and all 2 processes are busy"


def test_it_goes_on_up_to_the_maximum_and_no_further() -> None:
    assert Worker().live(100.0, steady(1000)) == [2, 3, 4]


@pytest.mark.parametrize(
    ("step", "have", "waiting", "wanted", "reason"),
    [
        (1, 1, 1, 2, "1 job waits and its process is busy"),
        (3, 1, 9, 4, "9 jobs wait and its process is busy"),
        (3, 1, 2, 3, "2 jobs wait and its process is busy"),
        (3, 3, 9, 4, "9 jobs wait and all 3 processes are busy"),
        (1, 2, COUNTED, 3, "10,000 or more jobs wait and all 2 processes are busy"),
    ],
)
def test_a_step_is_no_longer_than_the_maximum_and_the_jobs_allow(
    step: int, have: int, waiting: int, wanted: int, reason: str
) -> None:
    rules = Processes(min=1, max=4, scale_up_step=step)
    seen = Seen(processes=have, busy=have, idle=0, waiting=waiting)
    memory = Memory(pressed_since=START - PATIENCE, needed_at=(START,) * have)
    assert decide(rules, seen, memory, START) == Scale(wanted, reason)


@pytest.mark.parametrize(
    "relief",
    [
        pytest.param(lambda worker: worker.look(1, 0), id="somebody was free"),
        pytest.param(lambda worker: worker.look(2, 0), id="nothing waited"),
    ],
)
def test_a_moment_without_need_begins_the_wait_anew(relief: Callable[[Worker], object]) -> None:
    worker = Worker(processes=2)
    worker.live(PATIENCE, steady(9))
    worker.now += TICK
    relief(worker)
    assert worker.live(PATIENCE, steady(9)) == []
    assert worker.live(TICK, steady(9)) == [3]


def test_a_worker_that_is_not_sound_gets_no_more() -> None:
    worker = Worker(is_sound=False)
    assert worker.live(100.0, steady(9)) == []
    worker.is_sound = True
    assert worker.live(PATIENCE + TICK, steady(9)) == [2]


def test_nobody_asks_how_many_jobs_wait_while_it_does_not_matter() -> None:
    def needs(processes: int, busy: int, idle: int) -> bool:
        return may_need_more(RULES, Seen(processes=processes, busy=busy, idle=idle))

    assert needs(1, 1, 0)
    assert needs(3, 2, 0)  # the third is about to come back
    assert not needs(2, 1, 1)
    assert not needs(4, 4, 0)
    assert not needs(1, 0, 0)  # it crashes all the time: what waits is not for want of processes


# Down


def test_idle_processes_leave_together_after_their_time() -> None:
    worker = Worker(processes=4)
    assert worker.live(59.5, idle) == []
    assert worker.live(1.0, idle) == [1]
    assert worker.changes[-1][2] == "idle for 60 s"


def test_as_many_stay_as_were_needed() -> None:
    worker = Worker(processes=4)
    assert worker.live(100.0, steady(2)) == [2]
    assert worker.changes[-1][2] == "2 were enough for 60 s"
    assert worker.live(100.0, steady(1)) == [1]
    assert worker.changes[-1][2] == "1 was enough for 60 s"


def test_each_leaves_when_it_was_not_needed_for_its_time() -> None:
    worker = Worker(processes=4)
    worker.live(20.0, steady(4))
    worker.live(10.0, steady(3))
    worker.live(90.0, idle)
    assert [(at - START, processes) for at, processes, _reason in worker.changes] == [(80.0, 3), (90.0, 1)]


def test_one_moment_in_which_all_were_needed_begins_the_time_anew() -> None:
    worker = Worker(processes=2)
    worker.live(59.0, idle)
    worker.live(TICK, steady(2))
    assert worker.live(59.5, idle) == []
    assert worker.live(1.0, idle) == [1]


def test_nobody_has_to_leave_in_the_middle_of_a_job() -> None:
    memory = Memory(needed_at=(START - 100.0,) * 4)
    assert decide(RULES, Seen(processes=4, busy=3, idle=1), memory, START) == Scale(3, "idle for 60 s")
    assert decide(RULES, Seen(processes=4, busy=4, idle=0), memory, START) is None


@pytest.mark.parametrize(("have", "wanted"), [(1, 2), (6, 4)])
def test_another_minimum_or_maximum_holds_at_once(have: int, wanted: int) -> None:
    rules = Processes(min=2, max=4)
    scale = decide(rules, Seen(processes=have, busy=0, idle=have), Memory(), START)
    assert scale is not None
    assert (scale.processes, scale.reason.endswith("by workers.toml")) == (wanted, True)


def test_more_than_the_maximum_leave_as_they_become_free() -> None:
    seen = Seen(processes=6, busy=5, idle=1)
    assert decide(RULES, seen, Memory(), START) == Scale(5, "at most 4 by workers.toml")


def test_reason_names_what_stays_where_the_minimum_is_more_than_was_needed() -> None:
    worker = Worker(rules=Processes(min=2, max=4, idle_ttl=60.0), processes=4)
    assert worker.live(61.0, steady(1)) == [2]
    assert worker.changes[-1][2] == "2 were enough for 60 s"


def test_a_wait_that_is_over_while_nobody_looked_is_not_counted_on() -> None:
    seen, memory = Seen(processes=1, busy=1, idle=0, waiting=1), Memory(needed_at=(START,))
    assert next_look(RULES, seen, remember(seen, memory, START), START) == PATIENCE


def test_time_alone_calls_for_a_look_only_above_the_minimum() -> None:
    memory = Memory(needed_at=(START, START))
    assert next_look(RULES, Seen(processes=1, busy=0, idle=1), memory, START) is None
    assert next_look(RULES, Seen(processes=2, busy=0, idle=2), memory, START + 20.0) == 40.0


# Always


RULES_OF_ANY_KIND = st.builds(
    lambda low, more, step, ttl: Processes(min=low, max=low + more, scale_up_step=step, idle_ttl=ttl),
    st.integers(1, 4),
    st.integers(0, 6),
    st.integers(1, 4),
    st.sampled_from([0.0, 1.0, 5.0, 60.0]),
)


@given(
    RULES_OF_ANY_KIND,
    st.integers(0, 12),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 20), st.booleans(), st.floats(0.01, 30.0))),
)
def test_number_is_never_beyond_the_bounds_and_nobody_leaves_a_job(
    rules: Processes, have: int, looks: list[tuple[int, int, bool, float]]
) -> None:
    worker = Worker(rules=rules, processes=have)
    for busy, waiting, is_sound, seconds in looks:
        worker.now += seconds
        worker.is_sound = is_sound
        before, at_jobs = worker.processes, min(busy, worker.processes)
        worker.look(at_jobs, waiting)
        after = worker.processes
        assert after <= max(rules.max, before)
        assert after >= min(rules.min, before)
        assert after >= at_jobs
        if after > before >= rules.min:
            assert is_sound
            assert waiting > 0
            assert after - before <= min(rules.scale_up_step, waiting)


def _turns(changes: list[tuple[float, int, str]], start: int) -> list[float]:
    """When it changed its direction."""
    numbers = [start, *(processes for _at, processes, _reason in changes)]
    ways = [after > before for before, after in pairwise(numbers)]
    return [changes[index][0] for index in range(1, len(ways)) if ways[index] is not ways[index - 1]]


@given(
    RULES_OF_ANY_KIND.filter(lambda rules: rules.idle_ttl > 0),
    st.lists(st.tuples(st.integers(0, 12), st.floats(TICK, 20.0)), max_size=5),
    st.integers(0, 12),
)
def test_number_settles_under_a_steady_load(
    rules: Processes, before: list[tuple[int, float]], demand: int
) -> None:
    worker = Worker(rules=rules, processes=rules.min)
    for wildly, seconds in before:
        worker.live(seconds, steady(wildly))
    start = worker.processes
    worker.changes.clear()
    worker.live(5 * rules.idle_ttl + 20.0, steady(demand))
    assert len(_turns(worker.changes, start)) <= 1
    assert worker.live(3 * rules.idle_ttl, steady(demand)) == []
    assert min(demand, rules.max) <= worker.processes


@given(
    st.integers(1, 6),
    st.floats(0.05, 3.0),
    st.floats(0.1, 3.0),
    st.sampled_from([1.0, 5.0, 20.0]),
)
def test_number_never_falls_sooner_than_idle_ttl_after_it_rose_however_jobs_come(
    jobs: int, seconds: float, every: float, idle_ttl: float
) -> None:
    queue = _Bursts(jobs=jobs, seconds=seconds, every=every)
    worker = Worker(rules=Processes(min=1, max=8, idle_ttl=idle_ttl))
    worker.live(6 * idle_ttl, queue.load)
    rises: dict[int, float] = {}  # by number: when it was reached from below last
    for (_, before, _), (at, after, _) in pairwise([(START, 1, ""), *worker.changes]):
        rises.update((number, at) for number in range(before + 1, after + 1))
        assert all(at - rises[number] >= idle_ttl for number in range(after + 1, before + 1))


class _Bursts:
    """Every so often some jobs come together, and each takes as long as the others."""

    def __init__(self, *, jobs: int, seconds: float, every: float) -> None:
        self._jobs, self._seconds, self._every = jobs, seconds, every
        self._next, self._waiting = START, 0
        self._ends: list[float] = []

    def load(self, now: float, processes: int) -> tuple[int, int]:
        """Who is at work at `now`; between two looks, jobs come, end, and make way for others."""
        while (at := min([self._next, *self._ends])) <= now:
            if at == self._next:
                self._waiting += self._jobs
                self._next += self._every
            else:
                self._ends.remove(at)
            self._begin(at, processes)
        self._begin(now, processes)
        return len(self._ends), self._waiting

    def _begin(self, now: float, processes: int) -> None:
        starting = max(0, min(self._waiting, processes - len(self._ends)))
        self._waiting -= starting
        self._ends += [now + self._seconds] * starting
