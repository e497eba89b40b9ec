"""Tells its pid through the FIFO named first, then waits to be killed: what a Python child costs at the least."""

import os
import signal
import sys

fifo = os.open(sys.argv[1], os.O_WRONLY)
os.write(fifo, f"{os.getpid()}\n".encode())
if ready := os.environ.get("READY_FD"):  # where the supervisor wants to be told of readiness
    os.write(int(ready), b"\n")
while True:
    signal.pause()
