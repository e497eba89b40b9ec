from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime import ChildProcess, CommandNotFoundError, Runtime, environment
from native_runtime.processes.events import CrashReported, MessageReceived
from native_runtime.workers.config import Config, RuntimeConfig, WorkerConfig
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.recorder import Recorder

DEADLINE = 60.0  # seconds
CONFIG = """
    [runtime]
    app = "test"
    jobs = ["tests.support.jobs", "tests.support.commands"]
    data_dir = "data"

    [workers.default]
    sleep = 0.05
"""


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    runtime = make_runtime(CONFIG)
    runtime.start()
    return runtime


def test_command_of_the_app_runs_in_a_process_of_its_own(runtime: Runtime, recorder: Recorder) -> None:
    scan = ChildProcess.start(["photo:scan", "--deep", "a b"], "scan")
    exit_status = scan.wait(DEADLINE)
    assert exit_status is not None
    assert exit_status.reason == "clean"
    [line] = scan.logs()
    pid, *words = line.split(maxsplit=2)
    assert int(pid) != os.getpid()
    assert words == ["--deep", "a b"]
    assert recorder.wait_for(MessageReceived, name="scan").lines == (line,)
    assert runtime.supervisor.describe("scan").command == ("photo:scan", "--deep", "a b")


@pytest.mark.usefixtures("runtime")
def test_what_it_returns_is_its_exit_code() -> None:
    status = ChildProcess.start(["photo:exit", "7"], "leaver").wait(DEADLINE)
    assert status is not None
    assert (status.reason, status.exit_code) == ("crashed", 7)


def test_what_it_raises_is_a_crash_with_its_traceback(runtime: Runtime, recorder: Recorder) -> None:
    failing = ChildProcess.start(["photo:fail"], "failing")
    status = failing.wait(DEADLINE)
    assert status is not None
    assert (status.reason, status.exit_code) == ("crashed", 1)
    assert failing.logs()[-1] == "RuntimeError: the scanner is unplugged"
    recorder.wait_for(CrashReported, name="failing")
    assert runtime.supervisor.describe("failing").state == "stopped"


def test_it_can_dispatch_jobs_that_the_apps_workers_run(runtime: Runtime) -> None:
    wait_until(lambda: runtime.supervisor.describe("default:1").state == "idle")
    asker = ChildProcess.start(["photo:dispatch", "2", "3"], "asker")
    status = asker.wait(DEADLINE)
    assert status is not None
    assert status.reason == "clean", asker.logs()
    assert asker.logs() == ("5",)
    assert runtime.workers.status("default").is_up


def test_it_can_dispatch_where_the_app_was_configured_in_code(tmp_path: Path) -> None:
    modules = ("tests.support.jobs", "tests.support.commands")
    config = Config(
        runtime=RuntimeConfig(app="test", jobs=modules, data_dir=tmp_path / "data"),
        workers={"default": WorkerConfig(name="default", sleep=0.05)},
    )
    with Runtime(config, gateway=False):
        asker = ChildProcess.start(["photo:dispatch", "2", "3"], "asker")
        asker.wait(DEADLINE)
        assert asker.logs() == ("5",)


def test_process_of_the_configuration_may_be_one(make_runtime: Callable[..., Runtime]) -> None:
    watch = """
    [processes.watch]
    command = ["photo:watch"]
    ready = { line = "^watching$" }
    """
    with make_runtime(CONFIG + watch) as runtime:
        assert runtime.supervisor.describe("watch").state in ("starting", "running")
        ChildProcess.restart("watch")
        ChildProcess.stop("watch")
        assert runtime.supervisor.describe("watch").state == "stopped"


@pytest.mark.usefixtures("runtime")
def test_name_that_no_module_defines_is_refused_and_the_defined_ones_are_told() -> None:
    with pytest.raises(CommandNotFoundError, match=r"'photo:unheard-of'.*\(queue:work, .*photo:scan"):
        ChildProcess.start(["photo:unheard-of"], "scan")


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize(("word", "meant"), [("photo:scann", "photo:scan"), ("queue:wrok", "queue:work")])
def test_name_that_is_nearly_one_is_refused_with_the_one_that_was_meant(word: str, meant: str) -> None:
    with pytest.raises(
        CommandNotFoundError, match=rf"'{word}': command not found.*; did you mean '{meant}'\?"
    ):
        ChildProcess.start([word], "scan")


def test_module_that_cannot_be_imported_is_told(make_runtime: Callable[..., Runtime]) -> None:
    with (
        make_runtime('[runtime]\napp = "test"\njobs = ["nowhere.jobs"]\ndata_dir = "data"\n'),
        pytest.raises(CommandNotFoundError, match="No module named 'nowhere'"),
    ):
        ChildProcess.start(["desk:unheard-of"], "a")


def test_process_that_was_told_an_unknown_name_says_what_there_is(tmp_path: Path) -> None:
    told = {environment.JOBS: "tests.support.commands", environment.PATH: os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-m", "native_runtime", "runtime:command", "photo:sacn"],
        cwd=tmp_path,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(
        "runtime:command: 'photo:sacn': expected a command of the app, which has photo:dispatch"
    )
    assert ended.stderr.count("\n") == 1


def test_in_a_terminal_it_is_found_through_workers_toml(tmp_path: Path) -> None:
    (tmp_path / "workers.toml").write_text('[runtime]\napp = "test"\njobs = ["desk"]\ndata_dir = "data"\n')
    (tmp_path / "desk.py").write_text(
        'import native_runtime\n@native_runtime.command("desk:say")\ndef say(words):\n    print(*words)\n'
    )
    environ = {key: value for key, value in os.environ.items() if not key.startswith("NATIVE_RUNTIME_")}

    def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "native_runtime", *options, "runtime:command", "desk:say", "hello", "-x"],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run(tmp_path).stdout == "hello -x\n"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(empty, "-c", str(tmp_path / "workers.toml")).stdout == "hello -x\n"
    lost = run(empty)
    assert lost.returncode == 1
    assert "workers.toml: expected a file, got none" in lost.stderr
