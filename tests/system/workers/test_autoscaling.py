"""Real workers between `min` and `max`: more come while jobs wait, and leave when they are idle."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from native_runtime import QueueWorker, Runtime
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.state import JobState
from native_runtime.workers.events import WorkerScaled
from tests.support import jobs
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
    [runtime]
    app = "test"
    jobs = ["tests.support.jobs"]
    data_dir = "data"

    [workers.default]
    processes = { min = 1, max = 4, scale_up_step = 1, idle_ttl = 1 }
    restart = { delay = 0.05, max_delay = 0.2, max_restarts = 100 }
"""
BURST = 5000  # jobs
DEADLINE = 60.0  # seconds


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    file = tmp_path / "workers.toml"
    file.write_text(dedent(CONFIG))
    with Runtime.from_config(file, gateway=False) as runtime:
        yield runtime


@pytest.fixture
def scaled(runtime: Runtime) -> list[WorkerScaled]:
    """What was heard so far; of these alone, because whoever listens to jobs is told of each."""
    heard: list[WorkerScaled] = []
    runtime.on(WorkerScaled, heard.append)
    return heard


def processes(scaled: list[WorkerScaled]) -> list[int]:
    return [each.processes for each in scaled]


def done(runtime: Runtime, state: JobState = JobState.SUCCESS) -> int:
    return runtime.queue.driver.count(JobFilter(states=(state,)))


def children() -> list[str]:
    return [child.name for child in QueueWorker.status("default").children]


def at_work(runtime: Runtime) -> dict[str, str]:
    """The job that each busy child runs."""
    activities = runtime.workers.work.activities().items()
    return {child: activity.job.id for child, activity in activities if activity.job is not None}


@pytest.mark.slow
def test_a_burst_brings_all_processes_and_its_end_takes_them_away(
    runtime: Runtime, scaled: list[WorkerScaled]
) -> None:
    jobs.naps.dispatch_many((0.005,) for _ in range(BURST))  # at once: as fast as workers are, fewer do
    wait_until(lambda: 4 in processes(scaled))
    wait_until(lambda: done(runtime) == BURST)
    wait_until(lambda: children() == ["default:1"])
    wait_until(lambda: processes(scaled)[-1] == 1)
    assert processes(scaled)[:3] == [2, 3, 4]
    assert processes(scaled)[3:] == sorted(processes(scaled)[3:], reverse=True)
    assert all(each.reason.endswith(" busy") for each in scaled[:3])
    assert all(each.origin == "autoscaler" for each in scaled)


def test_one_that_works_stays_while_the_idle_ones_leave(
    runtime: Runtime, scaled: list[WorkerScaled], tmp_path: Path
) -> None:
    gates = [tmp_path / str(number) for number in range(3)]
    handles = {handle.id: handle for handle in map(jobs.waits_for_file.dispatch, gates)}
    opens = dict(zip(handles, gates, strict=True))
    wait_until(lambda: len(at_work(runtime)) == len(gates))
    jobs_of = at_work(runtime)
    long = jobs_of.pop("default:3")
    for job_id in jobs_of.values():
        opens[job_id].touch()
    wait_until(lambda: children() == ["default:3"])
    wait_until(lambda: processes(scaled)[-1] == 1)
    opens[long].touch()
    assert handles[long].result(timeout=DEADLINE) == 1  # its first attempt


def test_a_number_said_by_hand_stays_until_auto(runtime: Runtime, scaled: list[WorkerScaled]) -> None:
    QueueWorker.scale("default", 2)
    for _ in range(400):
        jobs.naps.dispatch(0.005)
    wait_until(lambda: scaled and done(runtime) == 400)
    assert processes(scaled) == [2]
    QueueWorker.scale("default", "auto")
    wait_until(lambda: len(scaled) > 1)
    assert (scaled[1].processes, scaled[1].reason) == (1, "idle for 1 s")


def test_a_worker_that_crashes_again_and_again_gets_no_more_processes(
    runtime: Runtime, scaled: list[WorkerScaled]
) -> None:
    for _ in range(6):
        jobs.exits_hard.dispatch()  # ends its process, twice each
    wait_until(lambda: done(runtime, JobState.CRASHED) == 6)
    assert scaled == []
