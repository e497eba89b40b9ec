"""Prints each line of its stdin back, with `got ` before it."""

import sys

print("ready", flush=True)
for line in sys.stdin:
    print(f"got {line.rstrip()}", flush=True)
