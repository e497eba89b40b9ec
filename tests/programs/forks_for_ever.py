"""Ignores SIGTERM and forks, a hundred times a second for a minute at most, sleepers in sessions of their own."""

import os
import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for number in range(6000):
    if os.fork() == 0:
        os.setsid()
        time.sleep(120)
        os._exit(0)
    if number == 10:
        print("ready", flush=True)
    time.sleep(0.01)
