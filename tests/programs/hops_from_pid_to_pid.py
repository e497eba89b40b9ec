"""Ignores SIGTERM and beside it runs a process that forks itself into a new session and leaves, ten times a second."""

import os
import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if os.fork() == 0:
    for _ in range(600):
        os.setsid()
        time.sleep(0.1)
        if os.fork() != 0:
            os._exit(0)
    os._exit(0)
print("ready", flush=True)
time.sleep(3600)
