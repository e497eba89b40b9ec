"""Closes stdin, stdout and stderr, leaves a file to say so, and stays; leaves with code 3 once that file is gone."""

import os
import sys
import time
from pathlib import Path

deaf = Path(sys.argv[1]) / f"deaf-{os.getpid()}"
for fd in range(3):
    os.close(fd)
deaf.touch()
while deaf.exists():
    time.sleep(0.01)
os._exit(3)
