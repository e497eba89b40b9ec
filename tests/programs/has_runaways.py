"""Starts grandchildren that ignore SIGTERM: one in its own session, one below that one; prints their pids."""

import os
import subprocess
import sys
import time
from pathlib import Path

STUBBORN = str(Path(__file__).parent / "ignores_terminate.py")

if len(sys.argv) > 1:
    inner = subprocess.Popen([sys.executable, "-S", STUBBORN], stdout=subprocess.PIPE, start_new_session=True)
    assert inner.stdout is not None
    inner.stdout.readline()
    print(os.getpid(), inner.pid, flush=True)
    time.sleep(3600)

outer = subprocess.Popen(
    [sys.executable, "-S", __file__, "outer"], stdout=subprocess.PIPE, start_new_session=True, text=True
)
assert outer.stdout is not None
print("ready", os.getpid(), outer.stdout.readline().strip(), flush=True)
time.sleep(3600)
