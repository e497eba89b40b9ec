"""Whether processes are gone. A zombie that nobody reaped yet counts as gone: it runs nothing."""

from __future__ import annotations

import time

import psutil

DEADLINE = 60.0  # seconds; generous, because machines that run tests are busy


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
