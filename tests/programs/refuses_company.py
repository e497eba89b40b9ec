"""Holds a lock for as long as it lives; leaves a file if another process holds it already."""

import fcntl
import os
import sys
import time
from pathlib import Path

folder = Path(sys.argv[1])
lock = (folder / "lock").open("a")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    (folder / f"company-{os.getpid()}").touch()
print("ready", flush=True)
time.sleep(3600)
