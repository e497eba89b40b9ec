"""Ends processes from outside, and tells whether they are gone. A zombie counts as gone: it runs nothing."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy

# How it looks when a process was killed: (reason, signal) of its exit, and the return code. Windows knows no
# signals: there a kill is an exit code like any other.
if sys.platform == "win32":
    KILLED: tuple[str, str | None] = ("crashed", None)
    KILL_CODE = int(signal.SIGTERM)  # what psutil and os.kill give it
else:
    KILLED = ("oom_killed", "SIGKILL")
    KILL_CODE = -signal.SIGKILL


def kill(pid: int) -> None:
    """End a process from outside, without a chance to object."""
    psutil.Process(pid).kill()


def is_running(pid: int) -> bool:
    """True while the process can still do something."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(*pids: int) -> None:
    """Wait until none of the processes runs."""
    deadline = time.monotonic() + DEADLINE
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.005)


def wait_until(claim: Callable[[], object]) -> None:
    """Wait until `claim()` is true."""
    deadline = time.monotonic() + DEADLINE
    while not claim():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)
