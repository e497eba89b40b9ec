"""A worker started by hand, without an app."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from native_runtime import environment
from native_runtime.errors import JobFailedError
from native_runtime.queue import JobHandle
from native_runtime.queue.driver import JobFilter

if TYPE_CHECKING:
    from tests.system.queue.conftest import House

posix_only = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
DEADLINE = 60.0


def left(worker: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a worker's end: its exit code, and what it said on standard error."""
    _, err = worker.communicate(timeout=DEADLINE)
    return worker.returncode, err


def test_jobs_run_with_their_arguments_and_return_their_results(house: House) -> None:
    resized = house.job("resized").dispatch(Path("a b/ü.png"), size=64)
    doubled = house.job("doubled").dispatch(1.5)
    assert left(house.worker("--stop-when-empty")) == (0, "")
    assert resized.result(timeout=0) == Path("a b/ü.64.jpg")
    assert doubled.result(timeout=0) == 3.0


def test_a_job_fails_for_good_after_its_tries(house: House) -> None:
    handle = house.job("fails").dispatch()
    house.worker("--sleep=0.05")
    with pytest.raises(JobFailedError, match="ValueError: no luck"):
        handle.result(timeout=DEADLINE)
    assert handle.attempts == 2


def test_a_job_may_refuse_its_retries(house: House) -> None:
    handle = house.job("refuses").dispatch()
    left(house.worker("--once"))
    assert (handle.status, handle.attempts, handle.error) == ("failed", 1, "the file ends early")


def test_the_flags_hold_for_jobs_that_name_nothing(house: House) -> None:
    handle = house.job("sleeps").dispatch(600.0)
    left(house.worker("--once", "--timeout=0.2", "--tries=1"))
    assert handle.status == "timeout"


def test_a_job_that_sleeps_is_interrupted_at_its_timeout_and_can_clean_up(house: House) -> None:
    handle = house.job("sleeps").options(timeout=0.2, tries=1).dispatch(600.0)
    code, _ = left(house.worker("--once"))
    assert (code, handle.status) == (0, "timeout")
    assert "timeout of 0.2 s" in handle.error
    house.trace("woken")


def test_a_job_stuck_in_c_is_ended_with_its_worker_after_a_grace(house: House) -> None:
    handle = house.job("stuck_in_c").options(timeout=0.2, tries=1).dispatch()
    code, err = left(house.worker("--once"))
    assert (code, handle.status) == (1, "timeout")
    assert "did not stop when told" in err


def test_over_its_memory_after_a_job_a_worker_leaves_with_code_12_and_the_job_is_done(house: House) -> None:
    first = house.job("hoards").dispatch(100)
    second = house.job("hoards").dispatch(1)
    code, _ = left(house.worker("--memory=80", "--stop-when-empty"))
    assert (code, first.status, second.status) == (12, "success", "ready")


def test_a_worker_over_its_memory_before_its_first_job_says_so_and_takes_none(house: House) -> None:
    handle = house.job("mark").dispatch("a")
    code, err = left(house.worker("--memory=1"))
    assert code == 1
    assert re.fullmatch(r"queue:work: has \d+ MB before its first job, over its limit of 1 MB: .*\n", err)
    assert (handle.status, handle.attempts) == ("ready", 0)


@posix_only
def test_a_termination_signal_finishes_the_job_in_hand(house: House) -> None:
    running = house.job("holds").dispatch(until="go")
    waiting = house.job("mark").dispatch("a")
    worker = house.worker()
    house.trace("holding")
    worker.terminate()
    (house.traces / "go").touch()  # the signal has come before
    assert left(worker)[0] == 0
    assert (running.status, waiting.status) == ("success", "ready")


@posix_only
def test_a_second_signal_leaves_at_once_and_gives_the_attempt_back(house: House) -> None:
    running = house.job("sleeps").dispatch(600.0)
    worker = house.worker()
    house.trace("sleeping")
    worker.send_signal(signal.SIGINT)
    worker.send_signal(signal.SIGTERM)
    assert left(worker)[0] == 0
    assert (running.status, running.attempts) == ("ready", 0)


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (["--querue=a"], 2, "unknown flag --querue; did you mean --queue?"),
        (["--tries=0"], 2, "--tries: expected a whole number of 1 or more, got '0'"),
        (["--on-start=jobs_at_work:cold"], 1, "--on-start=jobs_at_work:cold failed: OSError: no network"),
        (["--on-start=nowhere:x"], 1, "--on-start=nowhere:x failed: ModuleNotFoundError"),
    ],
)
def test_what_keeps_a_worker_from_starting_is_said_in_one_line(
    house: House, flags: list[str], code: int, said: str
) -> None:
    returned, err = left(house.worker(*flags))
    assert (returned, err.count("\n")) == (code, 1)
    assert err.startswith("queue:work: ")
    assert said in err


def test_a_job_module_that_is_missing_is_named(house: House) -> None:
    code, err = left(house.worker(**{environment.JOBS: "no.such.module"}))
    assert (code, err.count("\n")) == (1, 1)
    assert "job module no.such.module cannot be imported" in err


def test_a_store_that_is_damaged_is_said(house: House) -> None:
    house.driver.close()
    (house.data / "queue.sqlite3").write_bytes(b"nothing like a database" * 50)
    code, err = left(house.worker())
    assert (code, err.count("\n")) == (1, 1)
    assert "restart the app" in err


def test_on_start_is_called_before_the_first_job(house: House) -> None:
    house.job("mark").dispatch("warm")
    left(house.worker("--once", "--on-start=jobs_at_work:warm_up"))
    assert (
        house.traces / "warm"
    ).read_text() == "\n1\n"  # an empty line of the one, the attempt of the other


def test_what_a_job_prints_and_logs_comes_out_at_once(house: House) -> None:
    handle = house.job("tells").dispatch()
    house.job("sleeps").options(priority=-1).dispatch(600.0)
    worker = house.worker()
    assert worker.stdout is not None
    assert worker.stderr is not None
    assert worker.stdout.readline() == "plain words\n"
    assert worker.stderr.readline() == f"INFO [jobs_at_work.tells {handle.id} #1] half way\n"
    worker.kill()


def test_a_job_that_dispatches_stores_its_cause(house: House) -> None:
    inner = house.job("dispatches").dispatch("inner")
    left(house.worker("--stop-when-empty", "--queue=default,second"))
    assert house.trace("inner") == ["1"]
    stored = house.driver.find(inner.result(timeout=0))
    assert stored is not None
    assert stored.new.cause == ("job jobs_at_work.dispatches",)


def test_a_job_of_the_started_program_itself_is_found_by_a_worker(house: House) -> None:
    program = Path(__file__).parents[2] / "programs" / "jobs_in_main.py"
    store = str(house.data / "queue.sqlite3")
    job_id = subprocess.run(
        [sys.executable, str(program), store], check=True, capture_output=True, text=True
    ).stdout.strip()
    left(house.worker("--stop-when-empty", **{environment.JOBS: ""}))
    handle = JobHandle.find(job_id)
    assert handle is not None
    assert handle.result(timeout=0) == 49


def test_a_result_is_waited_for_in_another_process(house: House) -> None:
    program = Path(__file__).parents[2] / "programs" / "jobs_in_main.py"
    waiting = subprocess.Popen(
        [sys.executable, str(program), str(house.data / "queue.sqlite3"), "--wait"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout is not None
    assert waiting.stdout.readline()
    left(house.worker("--stop-when-empty"))
    assert waiting.communicate(timeout=DEADLINE)[0] == "49\n"


def test_help_is_printed_without_a_store(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "native_runtime", "queue:work", "--help"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    assert "--stop-when-empty" in shown.stdout
    assert not list(tmp_path.iterdir())


@posix_only
def test_the_next_worker_repeats_nothing_that_one_that_died_in_mid_handful_had_done(house: House) -> None:
    marks = [f"m{number:03}" for number in range(200)]
    house.job("mark").dispatch_many([(name,) for name in marks[:100]])
    dying = house.job("dies_once").options(backoff=0).dispatch()
    house.job("mark").dispatch_many([(name,) for name in marks[100:]])
    died = house.worker("--stop-when-empty", "--name=first")
    assert left(died)[0] == -signal.SIGABRT
    (board,) = (house.data / "run").glob("first*.board")
    assert left(house.worker("--stop-when-empty", "--name=second")) == (0, "")
    assert dying.attempts == 2
    done = house.driver.select(JobFilter(limit=300))
    assert {(job.state, job.attempts) for job in done if job.id != dying.id} == {("success", 1)}
    assert [len(house.trace(name)) for name in marks] == [1] * len(marks)
    assert not board.exists()
    assert list((house.data / "run").glob("*.board")) == []
