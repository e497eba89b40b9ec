from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.support.processes import is_running, wait_until_gone
from tests.support.programs import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are POSIX ones")
KILLS = int(os.environ.get("RANDOM_KILLS", "25"))
MARK = "MARK_OF_THIS_TEST"  # inherited by every descendant, whatever the supervisor does or forgets


def test_app_killed_with_signal_9_takes_stubborn_grandchildren_in_other_sessions_along(
    tmp_path: Path,
) -> None:
    app = subprocess.Popen(
        [sys.executable, str(PROGRAMS / "app_with_runaways.py"), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert app.stdout is not None
    pids = [int(word) for _ in range(2) for word in app.stdout.readline().split() if word.isdigit()]
    app.kill()
    app.wait()
    app.stdout.close()
    assert len(pids) == 6
    wait_until_gone(*pids)


def test_child_that_threw_its_environment_away_ends_with_an_app_that_is_killed_a_second_later(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, str(PROGRAMS / "app_with_a_forgetful_child.py"), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as app:
        assert app.stdout is not None
        child = int(app.stdout.readline())
        assert is_running(child)
        time.sleep(1.0)  # long after it was told to the guardian, the only one who knows it now
        app.kill()
    wait_until_gone(child)


@pytest.mark.slow
def test_app_killed_at_random_moments_leaves_no_descendant(tmp_path: Path) -> None:
    dice = random.Random(9)
    slowest = 0.0
    for number in range(KILLS):
        mark = uuid.uuid4().hex
        with subprocess.Popen(
            [sys.executable, str(PROGRAMS / "app_in_turmoil.py"), str(tmp_path), str(number)],
            stdout=subprocess.PIPE,
            env={**os.environ, MARK: mark},
        ) as app:
            assert app.stdout
            assert app.stdout.readline() == b"ready\n"
            time.sleep(dice.uniform(0.0, 0.4))  # the random moment
            app.kill()
        killed = time.monotonic()
        wait_until_none_bears(mark)
        slowest = max(slowest, time.monotonic() - killed)
    print(f"slowest of {KILLS}: {slowest:.3f} s until nothing was left")


def wait_until_none_bears(mark: str) -> None:
    deadline = time.monotonic() + 60
    while left := bearers(mark):
        assert time.monotonic() < deadline, f"still running: {left}"


def bearers(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
