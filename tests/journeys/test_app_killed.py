from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.processes import wait_until_gone
from tests.support.programs import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path


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
