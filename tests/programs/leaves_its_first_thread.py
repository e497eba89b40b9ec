"""Starts a runaway in a session of its own that holds a lock, and ends its first thread while another goes on."""

import ctypes
import fcntl
import os
import platform
import sys
import threading
import time
from pathlib import Path

EXIT = {"x86_64": 60, "aarch64": 93}[platform.machine()]  # ends one thread; libc's exit would end all

if os.fork() == 0:
    os.setsid()
    lock = Path(sys.argv[1]).open("a")  # noqa: SIM115 - held for as long as it lives
    fcntl.flock(lock, fcntl.LOCK_EX)
    threading.Thread(target=time.sleep, args=(3600,)).start()
    ctypes.CDLL(None).syscall(EXIT, 0)
time.sleep(3600)
