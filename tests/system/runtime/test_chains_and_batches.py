"""Chains and batches with real workers, some of which are killed in the middle of their work."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import ChildProcess, JobHandle, batch, chain
from native_runtime.queue.events import BatchFinished, JobCancelled, JobQueued, JobSucceeded
from tests.support.group_jobs import counted, ended, listed, numbered, summed
from tests.support.jobs import add, fails
from tests.support.processes import wait_until
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime import Runtime

DEADLINE = 120.0  # seconds
LINKS = 40
SIZE = 500
CONFIG = """
    [runtime]
    app = "test"
    jobs = ["tests.support.group_jobs", "tests.support.jobs"]
    data_dir = "data"

    [workers.default]
    queues = ["default"]
    processes = 3
    restart = { delay = 0, max_delay = 0.05, max_restarts = 1000000 }

    [workers.after]
    queues = ["after"]
    sleep = 600
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by signals")


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    runtime = make_runtime(CONFIG)
    runtime.start()
    return runtime


def ran(lines: Path) -> Counter[str]:
    """How often each job did its work."""
    return (
        Counter(line.split()[0] for line in lines.read_text().splitlines()) if lines.exists() else Counter()
    )


def found(job_id: str) -> JobHandle[Any]:
    handle = JobHandle.find(job_id)
    assert handle is not None
    return handle


def kill_workers_while(goes_on: Callable[[], bool]) -> int:
    """Kill one of the workers now and then. Returns how many."""
    dice, killed, end = random.Random(7), 0, time.monotonic() + DEADLINE
    while goes_on():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(dice.uniform(0.02, 0.15))
        workers = [
            child for child in ChildProcess.all().values() if child.name.startswith("default:") and child.pid
        ]
        # Only while one is at work: where they start more slowly than they are killed, nothing would go on.
        if any(each.status in {"idle", "busy"} for each in workers) and (pid := dice.choice(workers).pid):
            with suppress(ProcessLookupError):  # killed before: what it held is being released
                os.kill(pid, signal.SIGKILL)
                killed += 1
    return killed


def test_a_chain_goes_from_queue_to_queue_without_waiting_for_a_look(
    runtime: Runtime, tmp_path: Path
) -> None:
    queued: list[str] = []
    succeeded: list[str] = []
    runtime.on(JobQueued, lambda event: queued.append(event.job_id))
    runtime.on(JobSucceeded, lambda event: succeeded.append(event.job_id))
    lines = tmp_path / "lines"
    handle = chain(counted.s(lines, 0), listed.s(), summed.s(lines), ended.s(lines)).dispatch()
    handle.result(timeout=DEADLINE)  # the worker of `after` looks every ten minutes by itself
    links = [f"{handle.chain_id}:{number}" for number in (1, 2, 3, 4)]
    assert list(ran(lines)) == [links[0], links[2], links[3]]
    # What is stored is told a moment later, each link by another process: the next one may be quicker.
    wait_until(lambda: len(queued) >= len(links) <= len(succeeded))
    assert (sorted(queued), sorted(succeeded)) == (links, links)


@pytest.mark.usefixtures("runtime")
def test_workers_killed_between_the_jobs_of_a_chain_lose_and_double_none(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    links = [counted.s(lines, 0), *(counted.s(lines) for _ in range(LINKS - 1))]
    handle = chain(*links).dispatch()
    killed = kill_workers_while(lambda: not handle.status.is_over)
    assert killed
    assert handle.result(timeout=DEADLINE) == LINKS  # each passed its result on once
    times = ran(lines)
    assert set(times) == {f"{handle.chain_id}:{number + 1}" for number in range(LINKS)}
    assert times.total() - LINKS <= killed  # one that died after its work did it again


@pytest.mark.usefixtures("runtime")
def test_a_batch_whose_workers_are_killed_counts_each_job_once_and_is_followed_once(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    handle = batch(
        [numbered.s(lines, number) for number in range(SIZE)], then=summed.s(lines), finally_=ended.s(lines)
    ).dispatch()
    seen: list[int] = []

    def goes_on() -> bool:
        seen.append(handle.pending)
        return seen[-1] > 0

    killed = kill_workers_while(goes_on)
    assert killed
    assert handle.results(timeout=DEADLINE) == list(range(SIZE))
    assert seen == sorted(seen, reverse=True)
    assert (handle.succeeded, handle.failed, handle.cancelled, handle.status) == (SIZE, 0, 0, "success")
    assert found(f"{handle.id}:then").result(timeout=DEADLINE) == sum(range(SIZE))
    found(f"{handle.id}:finally").result(timeout=DEADLINE)
    times = ran(lines)
    assert (times.pop(f"{handle.id}:then"), times.pop(f"{handle.id}:finally")) == (1, 1)
    assert set(times) == {job.id for job in handle.jobs}
    assert times.total() - SIZE <= killed


def test_the_end_of_a_batch_is_told_once_when_its_last_job_ends_in_a_worker(
    runtime: Runtime, tmp_path: Path
) -> None:
    heard = Recorder(runtime.bus)
    lines = tmp_path / "lines"
    names = [f"part {number}" for number in range(4)]
    handles = [
        batch([numbered.s(lines, number) for number in range(10)], then=summed.s(lines), name=name).dispatch()
        for name in names
    ]
    for handle in handles:
        handle.results(timeout=DEADLINE)
        found(f"{handle.id}:then").result(timeout=DEADLINE)
    told = heard.wait_for(BatchFinished, count=len(names))
    assert (told.status, told.total, told.succeeded, told.failed, told.cancelled) == ("success", 10, 10, 0, 0)
    assert sorted(event.batch_id for event in heard.all(BatchFinished)) == sorted(each.id for each in handles)
    assert sorted(event.name for event in heard.all(BatchFinished)) == names


def test_a_failed_batch_tells_of_each_member_that_it_cancelled(runtime: Runtime) -> None:
    heard = Recorder(runtime.bus)
    handle = batch(
        [fails.s("no"), *(add.options(delay=3600).s(1, number) for number in range(20))]
    ).dispatch()
    assert heard.wait_for(BatchFinished, batch_id=handle.id).status == "failed"
    members = {job.id for job in handle.jobs[1:]}
    heard.wait_until(lambda _events: {event.job_id for event in heard.all(JobCancelled)} == members)
    assert len(heard.all(JobCancelled)) == len(members)
