"""The commands as a person types them: real processes, a real runtime, a real store."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DEADLINE = 60  # seconds for one command; only reached when something hangs
JOBS = """
from native_runtime import job

@job
def add(a: int, b: int) -> int:
    return a + b

@job(tries=1)
def refuse() -> None:
    raise ValueError("not today")
"""
DISPATCH = """
import jobs, native_runtime

with native_runtime.connect("workers.toml"):
    print(jobs.add.dispatch(1, 2).result(timeout=60))
    failing = jobs.refuse.dispatch()
    try:
        failing.result(timeout=60)
    except native_runtime.NativeRuntimeError as error:
        print(error)
"""

DISPATCH_DOOMED = """
import jobs, native_runtime

with native_runtime.connect("workers.toml"):
    jobs.vanish.options(id="v").dispatch()
    jobs.refuse.options(id="r").dispatch()
"""

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "workers.toml").write_text(
        '[runtime]\napp = "Desk"\njobs = ["jobs"]\ndata_dir = "data"\n\n[workers.default]\nsleep = 0.2\n'
    )
    (tmp_path / "jobs.py").write_text(JOBS)
    return tmp_path


@pytest.fixture
def surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("NATIVE_RUNTIME_")}


@pytest.fixture
def command(folder: Path, surroundings: dict[str, str]) -> Command:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "native_runtime", *arguments],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    return run


@pytest.fixture
def runtime(folder: Path, surroundings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`native-runtime runtime`, up and running."""
    program = subprocess.Popen(
        [sys.executable, "-m", "native_runtime", "runtime", "--headless"],
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline().startswith("Status panel: http://127.0.0.1:")
        yield program
        program.kill()


def children(command: Command) -> list[Any]:
    listed = json.loads(command("process:list", "--json").stdout)
    assert isinstance(listed, list)
    return listed


@pytest.mark.usefixtures("runtime")
def test_status_of_a_running_app_has_the_documented_keys(command: Command) -> None:
    shown = command("runtime:status", "--json")
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert {"app", "pid", "version", "uptime", "healthy", "problems", "url"} <= set(document["runtime"])
    (child,) = document["children"]
    assert {
        "name",
        "kind",
        "worker",
        "pid",
        "state",
        "uptime",
        "restarts",
        "rss_mb",
        "job",
        "last_exit",
    } <= set(child)
    assert (child["name"], child["kind"]) == ("default:1", "worker")


@pytest.mark.usefixtures("runtime")
def test_a_worker_is_scaled_taken_down_and_brought_up_again(command: Command) -> None:
    assert command("worker:scale", "default", "2").stdout == "default has 2 processes.\n"
    assert [child["name"] for child in children(command)] == ["default:1", "default:2"]
    assert command("worker:down", "default").returncode == 0
    assert {child["pid"] for child in children(command)} <= {None}
    assert command("worker:up", "default").returncode == 0
    assert any(child["pid"] for child in children(command))


@pytest.mark.usefixtures("runtime")
def test_a_failed_job_is_listed_and_retried(
    command: Command, folder: Path, surroundings: dict[str, str]
) -> None:
    dispatched = subprocess.run(
        [sys.executable, "-c", DISPATCH],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    assert dispatched.stdout.splitlines()[0] == "3"
    assert "not today" in dispatched.stdout
    (failed,) = json.loads(command("queue:failed", "--json").stdout)
    assert (failed["job"], failed["outcome"], failed["error"]) == (
        "jobs.refuse",
        "failed",
        "ValueError: not today",
    )
    assert "Traceback" in failed["traceback"]
    assert command("queue:pause", "default").returncode == 0
    assert command("queue:retry", failed["id"]).stdout == f"Retrying {failed['id']}.\n"
    (queue,) = json.loads(command("queue:status", "--json").stdout)
    assert (queue["ready"], queue["failed"], queue["paused"]) == (1, 0, True)


def test_stop_returns_when_the_app_is_gone(command: Command, runtime: subprocess.Popen[str]) -> None:
    pids = [child["pid"] for child in children(command)]
    stopped = command("runtime:stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n"), stopped.stderr
    assert runtime.wait(DEADLINE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert command("runtime:status").returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_it_cleanly(number: signal.Signals, runtime: subprocess.Popen[str]) -> None:
    assert runtime.stdout is not None
    assert runtime.stdout.readline() == "Ctrl-C stops it.\n"
    runtime.send_signal(number)
    assert runtime.wait(DEADLINE) == 0
    assert runtime.stdout.read() == "Stopped.\n"


def test_runtime_tells_a_crash_and_a_failed_job_on_stderr(folder: Path, surroundings: dict[str, str]) -> None:
    (folder / "jobs.py").write_text(
        f"{JOBS}\n@job(tries=1)\ndef vanish() -> None:\n    __import__('os')._exit(3)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "native_runtime", "runtime"],
        cwd=folder,
        env=surroundings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        hanging = threading.Timer(DEADLINE, program.kill)
        hanging.start()
        # The store is there for dispatching before the runtime is; the worker finds both jobs when it comes up.
        subprocess.run(
            [sys.executable, "-c", DISPATCH_DOOMED],
            cwd=folder,
            env=surroundings,
            check=True,
            timeout=DEADLINE,
        )
        assert program.stderr is not None
        wanted = {
            "default:1 crashed: exit code 3 after ",
            "job jobs.vanish (v) ended as crashed: ",
            "job jobs.refuse (r) ended as failed: ValueError: not today; see native-runtime queue:failed",
        }
        for line in program.stderr:
            wanted = {beginning for beginning in wanted if not line.startswith(beginning)}
            if not wanted:
                break
        hanging.cancel()
        program.kill()
    assert wanted == set()


def test_worker_alone_tells_each_problem_of_workers_toml_on_a_line_of_its_own(
    command: Command, folder: Path
) -> None:
    (folder / "bad.toml").write_text("[workers.mail]\ntrys = 3\nmemory = -1\n")
    for arguments in (["queue:work", "-c", "bad.toml"], ["-c", "bad.toml", "queue:work"]):
        refused = command(*arguments)
        assert refused.returncode == 1
        lines = refused.stderr.splitlines()
        assert len(lines) == 2
        assert all(line.startswith("queue:work: ") for line in lines)
        assert "bad.toml:2:1: workers.mail.trys" in lines[0]


@pytest.mark.usefixtures("runtime")
def test_a_second_runtime_on_the_same_folder_is_refused(command: Command) -> None:
    second = command("runtime", "--headless")
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert second.stderr.count("\n") == 1


@pytest.mark.usefixtures("runtime")
def test_stress_finds_every_job_run_once_and_leaves_nothing_behind(command: Command) -> None:
    shown = command("queue:stress", "--count", "300", "--size", "10", "--json")
    report = json.loads(shown.stdout)
    assert shown.returncode == 0, shown.stdout
    assert (report["executed"], report["duplicates"], report["leftovers"]) == (300, 0, 0)
    assert json.loads(command("queue:jobs", "--json").stdout) == []


def test_stress_without_a_worker_says_what_is_left_over_and_removes_it(command: Command) -> None:
    shown = command("queue:stress", "--count", "5", "--patience", "0.1")
    assert shown.returncode == 1
    assert "5 left over" in shown.stdout
    assert "queue:work --queue=default" in shown.stderr
    assert json.loads(command("queue:jobs", "--json").stdout) == []


def test_logs_of_an_unknown_child_are_one_line_of_complaint(command: Command) -> None:
    shown = command("process:logs", "nobody")
    assert (shown.returncode, shown.stdout, shown.stderr.count("\n")) == (1, "", 1)


def test_logs_show_what_a_child_has_printed_when_the_app_is_gone(folder: Path, command: Command) -> None:
    logs = folder / "data" / "logs"
    logs.mkdir(parents=True)
    (logs / "default%3A1.log").write_text("first\nsecond\n")
    assert command("process:logs", "default:1", "--lines", "1").stdout == "second\n"
    assert "did you mean default:1?" in command("process:logs", "defalt:1").stderr


def test_check_tells_programs_every_problem_as_one_document(folder: Path, command: Command) -> None:
    (folder / "workers.toml").write_text("[workers.default]\ntrys = 3\n")
    shown = command("config:check", "--json")
    assert shown.returncode == 1
    assert [each["key"] for each in json.loads(shown.stdout)["problems"]] == ["workers.default.trys"]
