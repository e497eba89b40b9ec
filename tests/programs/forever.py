"""Prints `ready` and stays."""

import time

print("ready", flush=True)
while True:
    time.sleep(60)
