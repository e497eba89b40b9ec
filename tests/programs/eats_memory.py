"""Prints `ready`, then allocates until somebody ends it."""

import time

print("ready", flush=True)
hoard = []
while True:
    hoard.append(b"x" * (4 * 1024 * 1024))
    time.sleep(0.01)
