"""Prints `ready` and cannot be asked to leave."""

import signal
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
if hasattr(signal, "SIGBREAK"):  # what Windows asks with
    signal.signal(signal.SIGBREAK, signal.SIG_IGN)
print("ready", flush=True)
while True:
    time.sleep(60)
