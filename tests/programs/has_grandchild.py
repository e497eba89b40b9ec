"""Starts a child of its own that ignores SIGTERM, prints both pids, then waits."""

import os
import subprocess
import sys
import time
from pathlib import Path

child = subprocess.Popen(
    [sys.executable, str(Path(__file__).parent / "ignores_terminate.py")], stdout=subprocess.PIPE
)
assert child.stdout is not None
child.stdout.readline()
print(f"ready {os.getpid()} {child.pid}", flush=True)
time.sleep(3600)
