from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from native_runtime.processes.events import MessageReceived, ProcessExited, ProcessReady
from native_runtime.processes.log_file import LARGEST_FILE, OLDER_FILES
from native_runtime.processes.readiness import read_ready
from native_runtime.processes.restart import RestartPolicy
from tests.support.programs import spec

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.processes.supervisor import Supervisor
    from tests.support.recorder import Recorder

SECONDS = float(os.environ.get("FLOOD_SECONDS", "3"))
MEGABYTE = 1024 * 1024


@pytest.mark.slow
def test_flood_of_output_costs_little_memory_drops_what_is_too_much_and_hides_no_exit(
    supervisor: Supervisor, recorder: Recorder, tmp_path: Path
) -> None:
    often = RestartPolicy(delay=0.05, max_delay=0.05, max_restarts=10_000)  # it is killed again and again
    supervisor.start(spec("calm", "forever", persistent=True, ready=read_ready("ready"), restart=often))
    recorder.wait_for(ProcessReady, name="calm")
    before = psutil.Process().memory_info().rss
    supervisor.start(spec("flood", "floods"))
    end = time.monotonic() + SECONDS
    kills, peak, dropped = 0, 0, 0
    while time.monotonic() < end:
        pid = supervisor.describe("calm").pid
        if pid and psutil.pid_exists(pid):
            os.kill(pid, 9)
            kills += 1
            recorder.wait_for(ProcessExited, name="calm", count=kills)
            recorder.wait_for(ProcessReady, name="calm", count=kills + 1)
        dropped += sum(each.dropped for each in recorder.all(MessageReceived, name="flood"))
        recorder.forget(MessageReceived)  # the test itself must not hoard what it measures
        peak = max(peak, psutil.Process().memory_info().rss - before)
    supervisor.stop("flood")
    print(f"{kills} kills beside a flood; {peak / MEGABYTE:.1f} MB more at most")
    assert kills > 0
    assert recorder.wait_for(MessageReceived, name="flood").lines
    assert dropped > 0
    assert peak < 20 * MEGABYTE
    sizes = [file.stat().st_size for file in (tmp_path / "logs").glob("flood.log*")]
    assert len(sizes) <= 1 + OLDER_FILES
    assert max(sizes) <= LARGEST_FILE
