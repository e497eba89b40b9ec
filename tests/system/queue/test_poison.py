"""Jobs that harm their worker end in the right outcome after their tries, and hold up nobody behind them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from native_runtime import ChildProcess, Runtime
from native_runtime.processes.crash_report import read_reports
from native_runtime.processes.events import CrashReported, ProcessRestarting
from tests.support import poison_jobs
from tests.support.processes import wait_until, wait_until_gone
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime import JobHandle
    from native_runtime.queue.job_function import JobFunction

DEADLINE = 60.0  # seconds
MEGABYTE = 1024 * 1024
CONFIG = """
    [runtime]
    jobs = ["tests.support.poison_jobs"]
    data_dir = "data"

    [workers.default]
    memory = 64
    memory_kill = 128
    stop_timeout = 0.5
    restart = { delay = 0 }
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the harm is done in ways of POSIX")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    file = tmp_path / "workers.toml"
    file.write_text(dedent(CONFIG))
    with Runtime.from_config(file, gateway=False) as running:
        yield running


def wait_until_over(handle: JobHandle[Any]) -> str:
    """Wait until the job is over: its outcome."""
    end = time.monotonic() + DEADLINE
    while not handle.status.is_over:
        assert time.monotonic() < end, f"{handle.status} after {handle.attempts} attempts"
        time.sleep(0.02)
    return handle.status


def pid_of_worker() -> int:
    (worker,) = ChildProcess.all().values()
    assert worker.pid is not None
    return worker.pid


def behind(poison: JobFunction[..., Any, Any], tmp_path: Path, *args: object) -> tuple[JobHandle[Any], Path]:
    """Run the poison with a bystander behind it in its queue, until both are over."""
    trace = tmp_path / "bystander"
    handle = poison.dispatch(*args)
    beside = poison_jobs.bystander.dispatch(trace)
    wait_until_over(handle)
    beside.result(timeout=DEADLINE)
    assert trace.read_text() == "1\n"
    assert beside.attempts == 1
    return handle, trace


@pytest.mark.parametrize(
    ("poison", "outcome", "reason"),
    [
        (poison_jobs.exits_hard, "crashed", "crashed"),
        (poison_jobs.signals_itself, "crashed", "crashed"),
        (poison_jobs.reads_address_0, "crashed", "crashed"),
        (poison_jobs.aborts, "crashed", "crashed"),
        (poison_jobs.overflows_the_stack, "crashed", "crashed"),
        (poison_jobs.allocates_without_end, "oom", "memory_limit"),
        (poison_jobs.backtracks, "timeout", "timeout"),
        (poison_jobs.raises_to_a_power, "timeout", "timeout"),
        (poison_jobs.swallows_everything, "timeout", "timeout"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_job_that_takes_its_worker_with_it_fails_after_its_tries_with_a_crash_report_for_each(
    runtime: Runtime, tmp_path: Path, poison: JobFunction[[], Any, Any], outcome: str, reason: str
) -> None:
    recorder = Recorder(runtime.bus)
    handle, _ = behind(poison, tmp_path)
    assert (handle.status, handle.attempts) == (outcome, 2)
    recorder.wait_for(CrashReported, count=2)
    reports = [report for report in reversed(read_reports(runtime.folders.crashes)) if report["job"]]
    assert [(report["job"]["id"], report["job"]["attempt"]) for report in reports] == [
        (handle.id, 1),
        (handle.id, 2),
    ]
    assert [report["reason"] for report in reports] == [reason] * 2


def test_job_that_exits_hard_with_code_0_has_crashed_its_worker(runtime: Runtime, tmp_path: Path) -> None:
    handle, _ = behind(poison_jobs.exits_hard_with_code_0, tmp_path)
    assert (handle.status, handle.attempts) == ("crashed", 2)
    assert runtime.workers.status("default").is_up


def test_job_that_closes_all_descriptors_costs_its_worker_and_no_other_job(
    runtime: Runtime, tmp_path: Path
) -> None:
    pid = pid_of_worker()
    handle, _ = behind(poison_jobs.closes_all_descriptors, tmp_path)
    # It had returned when its worker found that nothing can be stored any more: who rescues it may know that, or not.
    assert handle.status in ("success", "crashed")
    assert runtime.workers.status("default").is_up
    wait_until_gone(pid)


@pytest.mark.parametrize(
    ("poison", "outcome", "error"),
    [
        (poison_jobs.leaves, "failed", "SystemExit: enough"),
        (poison_jobs.raises_system_exit, "failed", "SystemExit: 0"),
        (poison_jobs.raises_keyboard_interrupt, "failed", "KeyboardInterrupt"),
        (poison_jobs.raises_generator_exit, "failed", "GeneratorExit"),
        (poison_jobs.raises_odd, "failed", "Odd: no exception"),
        (poison_jobs.raises_surrogates, "failed", "in"),
        (poison_jobs.raises_what_cannot_be_shown, "failed", "Unspeakable"),
        (poison_jobs.recurses, "failed", "RecursionError"),
        (poison_jobs.asks_for_too_much, "oom", "MemoryError"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_job_that_raises_whatever_there_is_fails_after_its_tries_and_its_worker_lives_on(
    runtime: Runtime, tmp_path: Path, poison: JobFunction[[], Any, Any], outcome: str, error: str
) -> None:
    pid = pid_of_worker()
    handle, _ = behind(poison, tmp_path)
    assert (handle.status, handle.attempts) == (outcome, 2)
    assert error in handle.error
    assert pid_of_worker() == pid
    assert not read_reports(runtime.folders.crashes)


@pytest.mark.parametrize(
    "poison",
    [
        poison_jobs.prints_50_megabytes,
        poison_jobs.starts_a_thread_that_never_ends,
        poison_jobs.ignores_signals,
        poison_jobs.closes_its_streams,
        poison_jobs.replaces_its_streams,
        poison_jobs.closes_the_streams_under_python,
    ],
    ids=lambda value: value.__name__,
)
def test_job_that_spoils_its_worker_succeeds_and_the_worker_can_still_be_stopped(
    runtime: Runtime, tmp_path: Path, poison: JobFunction[[], Any, Any]
) -> None:
    before = psutil.Process().memory_info().rss
    pid = pid_of_worker()
    handle, _ = behind(poison, tmp_path)
    assert (handle.status, handle.attempts) == ("success", 1)
    runtime.stop()
    wait_until_gone(pid)
    assert psutil.Process().memory_info().rss - before < 32 * MEGABYTE


def test_job_that_deletes_the_folder_it_is_in_holds_up_nobody(runtime: Runtime, tmp_path: Path) -> None:
    handle, _ = behind(poison_jobs.deletes_its_folder, tmp_path, tmp_path / "gone")
    assert (handle.status, handle.attempts) == ("success", 1)
    assert runtime.workers.status("default").is_up


@pytest.mark.parametrize(
    ("poison", "outcome", "attempts"),
    [
        (poison_jobs.forks_and_the_child_exits, "success", 1),
        (poison_jobs.forks_and_the_child_leaves, "success", 1),
        (poison_jobs.forks_and_both_return, "success", 1),
        (poison_jobs.forks_and_both_raise, "failed", 2),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_forked_child_of_a_job_never_becomes_a_second_worker(
    runtime: Runtime, tmp_path: Path, poison: JobFunction[[Path], Any, Any], outcome: str, attempts: int
) -> None:
    pids = tmp_path / "pids"
    handle, _ = behind(poison, tmp_path, pids)
    assert (handle.status, handle.attempts) == (outcome, attempts)
    wait_until(
        lambda: pids.exists() and pids.read_text().count("\n") == attempts
    )  # nobody waits for the forked
    wait_until_gone(*map(int, pids.read_text().split()))
    traces = [tmp_path / f"again{number}" for number in range(20)]
    for again in [poison_jobs.bystander.dispatch(trace) for trace in traces]:
        again.result(timeout=DEADLINE)
    assert [trace.read_text() for trace in traces] == ["1\n"] * 20
    assert not read_reports(runtime.folders.crashes)


def test_three_poison_jobs_do_not_keep_a_worker_from_the_job_behind_them(
    runtime: Runtime, tmp_path: Path
) -> None:
    recorder = Recorder(runtime.bus)
    poison = [poison_jobs.exits_hard.options(tries=4).dispatch() for _ in range(3)]
    beside = poison_jobs.bystander.dispatch(tmp_path / "trace")
    assert [wait_until_over(handle) for handle in poison] == ["crashed"] * 3
    assert [handle.attempts for handle in poison] == [4] * 3
    beside.result(timeout=DEADLINE)
    # Twelve deaths; those of first attempts count against the worker, of which it may have five a minute.
    recorder.wait_for(ProcessRestarting, count=12)
    assert not recorder.all(ProcessRestarting, crash_looping=True)
    assert len(recorder.all(ProcessRestarting)) == 12


def test_worker_that_each_new_job_ends_is_crash_looping(runtime: Runtime) -> None:
    recorder = Recorder(runtime.bus)
    for _ in range(6):
        poison_jobs.exits_hard.options(tries=1).dispatch()
    assert recorder.wait_for(ProcessRestarting, crash_looping=True).name == "default:1"
    assert len(recorder.all(ProcessRestarting)) == 6
