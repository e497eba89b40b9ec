"""Ignores SIGTERM and has children that do: a chain of the given depth, every other link in a new session."""

import os
import signal
import subprocess
import sys
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
depth = int(sys.argv[1])
below = ""
if depth > 1:
    command = [sys.executable, "-S", __file__, str(depth - 1), *sys.argv[2:]]
    link = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=depth % 2 == 0, text=True)
    assert link.stdout is not None
    below = link.stdout.readline().strip()
print(os.getpid(), below, flush=True)
time.sleep(3600)
