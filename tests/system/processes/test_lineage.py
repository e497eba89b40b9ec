from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime import environment
from native_runtime.processes.lineage import end_all, processes
from tests.support.processes import wait_until
from tests.support.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody's marker can be read")
HOPPERS = 40
NEVER = threading.Event()
APP = """
import sys
from native_runtime.processes.guard import Guard
Guard(sys.argv[1]).begin()
print("ready", flush=True)
sys.stdin.read()
"""


class Hopper:
    """A process that changes its pid all the time, and the marker by which it can be told."""

    def __init__(self, marker: str, pause: float) -> None:
        self.marker = marker
        self._first = subprocess.Popen(
            program("hops_from_pid_to_pid", str(pause)),
            stdout=subprocess.PIPE,
            env={**os.environ, environment.MARKER: marker},
            start_new_session=True,
        )
        assert self._first.stdout
        assert self._first.stdout.readline() == b"ready\n"

    @property
    def lives(self) -> bool:
        """As its pipe tells, which knows nothing of our looks: it is open for as long as any of its pids lives."""
        assert self._first.stdout
        os.set_blocking(self._first.stdout.fileno(), False)
        return self._first.stdout.read() is None

    def close(self) -> None:
        """Make sure that it ends, however the test went."""
        while self.lives:
            end_all(markers=(self.marker,), pause=_pause)
        self._first.wait()
        assert self._first.stdout
        self._first.stdout.close()


@pytest.fixture
def hoppers() -> Iterator[list[Hopper]]:
    hoppers: list[Hopper] = []
    yield hoppers
    for hopper in hoppers:
        hopper.close()


@pytest.mark.parametrize("pause", [0.1, 0.02, 0.005])
def test_process_that_hops_from_pid_to_pid_is_ended_each_time(hoppers: list[Hopper], pause: float) -> None:
    for number in range(HOPPERS):
        hopper = Hopper(f"hop-{os.getpid()}-{pause}-{number}:", pause)
        hoppers.append(hopper)
        assert end_all(markers=(hopper.marker,), pause=_pause) > 0
        assert not hopper.lives, f"number {number} got away"


def test_process_that_hops_from_pid_to_pid_does_not_outlive_a_killed_app(hoppers: list[Hopper]) -> None:
    marker = f"hop-{os.getpid()}-guarded:"
    hoppers += [Hopper(marker, pause) for pause in (0.1, 0.02, 0.005)]
    app = subprocess.Popen(
        [
            sys.executable,
            "-c",
            APP,
            marker,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with app:
        assert app.stdout
        assert app.stdout.readline() == b"ready\n"
        app.kill()
    wait_until(lambda: not any(hopper.lives for hopper in hoppers))


def test_process_that_becomes_another_program_all_the_time_is_ended_each_time() -> None:
    # Between two programs it has no environment, and so no marker.
    again = 'exec /bin/sh -c "$0" "$0"'
    for number in range(HOPPERS):
        marker = f"exec-{os.getpid()}-{number}:"
        child = subprocess.Popen(
            ["/bin/sh", "-c", again, again], env={**os.environ, environment.MARKER: marker}
        )
        try:
            assert end_all(markers=(marker,), pause=_pause) > 0, f"number {number} got away"
        finally:
            child.kill()
            child.wait()


def test_look_shows_this_process_and_what_it_bears() -> None:
    own = processes()[os.getpid()]
    assert own.parent == os.getppid()
    assert own.group == os.getpgrp()
    assert own.marker == os.environ.get(environment.MARKER, "")


def test_process_that_ended_but_was_not_reaped_is_not_shown() -> None:
    child = subprocess.Popen(program("forever"), stdout=subprocess.DEVNULL)
    assert child.pid in processes()
    child.send_signal(signal.SIGKILL)
    wait_until(lambda: child.pid not in processes())
    assert child.wait() == -signal.SIGKILL


def _pause() -> None:
    NEVER.wait(0.01)
