"""What only Windows does: Job Objects, handles, exit codes with the high bit, priority classes."""

from __future__ import annotations

import ctypes
import importlib
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from native_runtime.processes.events import MessageReceived, ProcessExited, ProcessReady
from native_runtime.processes.identity import identity_of
from native_runtime.processes.loop_thread import LoopThread
from native_runtime.processes.readiness import read_ready
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.usage import tree_rss
from tests.support.processes import kill, wait_until_gone
from tests.support.programs import GRACE, PROGRAMS, program, spec

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="speaks of Windows alone")

EXITS_WITH_STATUS = "import ctypes, sys; ctypes.WinDLL('kernel32').ExitProcess(int(sys.argv[1], 16))"
LEAVES_A_CHILD = """
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], stdout=subprocess.DEVNULL)
print(left.pid, flush=True)
"""
# The number alone says nothing: a child has handles of its own, and one of them may bear the same number.
TRIES_A_HANDLE = """
import msvcrt, os, sys
number, file = int(sys.argv[1]), sys.argv[2]
try:
    known = os.path.samestat(os.fstat(msvcrt.open_osfhandle(number, os.O_RDONLY)), os.stat(file))
except OSError:
    known = False
print("inherited" if known else "not inherited", flush=True)
"""
TELLS_VARIABLES = (
    "import os, sys; print(*[os.environ.get(name, 'none') for name in sys.argv[1:]], flush=True)"
)


def python(name: str, code: str, *args: str, **fields: object) -> ChildSpec:
    fields.setdefault("stop_timeout", GRACE)
    return ChildSpec(name=name, command=(sys.executable, "-u", "-c", code, *args), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (0xC0000005, "crashed", "STATUS_ACCESS_VIOLATION"),
        (0xC0000017, "oom_killed", "STATUS_NO_MEMORY"),
        (0xC0000042, "crashed", "exit code 3221225538"),
    ],
)
def test_exit_code_with_the_high_bit_stays_unsigned_and_has_its_name(
    supervisor: Supervisor, recorder: Recorder, code: int, reason: str, words: str
) -> None:
    supervisor.start(python("a", EXITS_WITH_STATUS, hex(code)))
    exited = recorder.wait_for(ProcessExited, name="a")
    assert (exited.exit_code, exited.signal, exited.reason) == (code, None, reason)
    assert words in exited.detail


def test_grandchild_started_in_the_first_moment_cannot_leave_the_job(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    supervisor.start(python("a", LEAVES_A_CHILD))
    (left,) = recorder.wait_for(MessageReceived, name="a").lines
    recorder.wait_for(ProcessExited, name="a")
    wait_until_gone(int(left))


def test_app_ended_from_outside_takes_children_and_grandchildren_along(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(PROGRAMS / "app_with_runaways.py"), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as app:
        assert app.stdout is not None
        pids = [int(word) for _ in range(2) for word in app.stdout.readline().split() if word.isdigit()]
        kill(app.pid)
    assert len(pids) == 6
    wait_until_gone(*pids)


def test_child_inherits_no_handle_of_the_app_but_its_own(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        import msvcrt
        import os

        with (tmp_path / "secret").open("w") as secret:
            handle = msvcrt.get_osfhandle(secret.fileno())
            os.set_handle_inheritable(handle, True)  # noqa: FBT003 - the system's own signature
            question = python("a", TRIES_A_HANDLE, str(handle), secret.name, control=True)
            careless = subprocess.run(
                question.command, close_fds=False, capture_output=True, text=True, check=True
            )
            assert careless.stdout == "inherited\n"
            supervisor.start(question)
            assert recorder.wait_for(MessageReceived, name="a").lines == ("not inherited",)


def test_wake_up_that_is_lost_keeps_nobody_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = LoopThread("loop")
    thread.begin()
    with monkeypatch.context() as lost:
        lost.setattr(thread.loop, "_write_to_self", lambda: None)  # how another thread wakes it
        assert thread.call(lambda: 5) == 5
    thread.end()


def test_variable_is_replaced_or_removed_whatever_the_case_of_its_letters(
    supervisor: Supervisor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANET", "mars")
    monkeypatch.setenv("MOON", "phobos")
    names = ("PLANET", "MOON")
    supervisor.start(python("a", TELLS_VARIABLES, *names, env={"Planet": "venus", "moon": None}))
    assert recorder.wait_for(MessageReceived, name="a").lines == ("venus none",)


@pytest.mark.parametrize(
    ("nice", "name"),
    [
        (None, None),
        (0, None),
        (5, "BELOW_NORMAL_PRIORITY_CLASS"),
        (19, "IDLE_PRIORITY_CLASS"),
        (-5, "ABOVE_NORMAL_PRIORITY_CLASS"),
        (-20, "HIGH_PRIORITY_CLASS"),
    ],
)
def test_niceness_becomes_a_priority_class(nice: int | None, name: str | None) -> None:
    if sys.platform == "win32":
        from native_runtime.processes._windows import priority_class

        assert priority_class(nice) == (getattr(subprocess, name) if name else 0)


def test_memory_of_a_child_includes_its_grandchildren(supervisor: Supervisor, recorder: Recorder) -> None:
    supervisor.start(spec("a", "has_grandchild"))
    _, child, grandchild = recorder.wait_for(MessageReceived, name="a").lines[0].split()
    alone = psutil.Process(int(child)).memory_info().rss
    also = psutil.Process(int(grandchild)).memory_info().rss
    # More, where the hidden console is a process of its own in the job.
    assert (tree_rss(int(child)) or 0) > 0.9 * (alone + also)


def test_programs_that_a_packaged_app_starts_do_not_look_for_dlls_in_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By name: for other systems the modules hold nothing.
    of_the_user: Any = importlib.import_module("native_runtime.processes._windows_dlls").of_the_user
    kernel32: Any = importlib.import_module("native_runtime.processes._win32")._kernel32

    def dll_folder() -> str:
        text = ctypes.create_unicode_buffer(1024)
        kernel32.GetDllDirectoryW(len(text), text)
        return text.value

    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    kernel32.SetDllDirectoryW(str(tmp_path))
    try:
        with of_the_user():
            assert not dll_folder()
        assert dll_folder() == str(tmp_path)
    finally:
        kernel32.SetDllDirectoryW(None)


def test_process_that_ended_has_no_identity_even_while_its_pid_is_kept() -> None:
    with subprocess.Popen(program("forever"), stdout=subprocess.PIPE) as process:
        assert identity_of(process.pid) == identity_of(process.pid)
        assert (identity_of(process.pid) or "").isdigit()
        process.kill()
        process.wait()
        assert identity_of(process.pid) is None  # `process` still holds a handle of it


def test_children_cost_no_threads(supervisor: Supervisor, recorder: Recorder) -> None:
    supervisor.start(spec("first", "forever", ready=read_ready("ready")))
    recorder.wait_for(ProcessReady, name="first")
    before = set(threading.enumerate())
    for number in range(8):
        supervisor.start(spec(f"c{number}", "forever", ready=read_ready("ready")))
    recorder.wait_for(ProcessReady, count=9)
    assert set(threading.enumerate()) <= before
