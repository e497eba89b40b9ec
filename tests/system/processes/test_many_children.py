from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime.processes.events import ProcessExited, ProcessReady
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.state import ChildState
from tests.support.processes import is_running

if TYPE_CHECKING:
    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks of POSIX descriptor limits")
CHILDREN = 1_000


def sleeper(number: int) -> ChildSpec:
    return ChildSpec(name=f"c{number}", command=("sleep", "3600"), persistent=True)


def test_a_thousand_children_are_started_supervised_and_stopped(
    supervisor: Supervisor, recorder: Recorder
) -> None:
    pids = [supervisor.start(sleeper(number)).pid or 0 for number in range(CHILDREN)]
    recorder.wait_for(ProcessReady, count=CHILDREN)
    victims = pids[:: CHILDREN // 10]
    for pid in victims:
        os.kill(pid, 9)
    recorder.wait_for(ProcessReady, count=CHILDREN + len(victims))
    states = {child.state for child in supervisor.all().values()}
    assert states == {ChildState.RUNNING}
    supervisor.close()
    recorder.wait_for(ProcessExited, count=CHILDREN + len(victims))
    assert len(recorder.all(ProcessExited)) == CHILDREN + len(victims)
    assert not [pid for pid in pids if is_running(pid)]


def test_program_without_descriptors_left_is_told_the_limit_by_name() -> None:
    script = (
        "import resource, tempfile, pathlib\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "from native_runtime import Runtime, TooManyOpenFilesError, ChildProcess\n"
        "from native_runtime.workers.config import Config\n"
        "with Runtime(Config(), data_dir=pathlib.Path(tempfile.mkdtemp()), gateway=False):\n"
        "    try:\n"
        "        for number in range(64):\n"
        "            ChildProcess.start(['sleep', '60'], f'c{number}')\n"
        "    except TooManyOpenFilesError as error:\n"
        "        print(error)\n"
        "    print(len(ChildProcess.all()) > 3, ChildProcess.get('c0').status)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "may have 64 (a child needs 4 to 6)" in done.stdout
    assert "ulimit -n" in done.stdout
    assert done.stdout.endswith("True running\n")


def test_children_keep_the_limit_the_app_was_started_with(supervisor: Supervisor) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux lets a program set another's limit")
    child = supervisor.start(sleeper(0))
    assert child.pid
    import resource

    script = f"import resource; print(resource.prlimit({child.pid}, resource.RLIMIT_NOFILE)[0])"
    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(seen.stdout) <= resource.getrlimit(resource.RLIMIT_NOFILE)[0]
