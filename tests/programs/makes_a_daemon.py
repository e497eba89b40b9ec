"""Forks twice to leave a daemon behind that ignores SIGTERM, prints its pid; then stays, or leaves if told `leaves`."""

import os
import signal
import sys
import time

read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(write, str(os.getpid()).encode())
    for fd in range(3):
        os.close(fd)
    time.sleep(3600)
os.wait()
print(os.read(read, 20).decode(), flush=True)
if sys.argv[2:] == ["leaves"]:
    sys.exit(0)
time.sleep(3600)
