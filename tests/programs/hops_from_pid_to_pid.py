"""Forks itself into a new session and leaves, every few milliseconds: no pid of it lives for long.

hops_from_pid_to_pid.py SECONDS: the pause between two hops. It ends by itself after a minute.
"""

import os
import signal
import sys
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to reap it
pause = float(sys.argv[1])
end = time.monotonic() + 60.0
print("ready", flush=True)
while time.monotonic() < end:
    if os.getsid(0) != os.getpid():
        os.setsid()
    time.sleep(pause)
    if os.fork() != 0:
        os._exit(0)
