"""Prints `ready`, then 100-byte lines as fast as it can, for ever."""

import os

os.write(1, b"ready\n")
block = (b"x" * 99 + b"\n") * 600
while True:
    os.write(1, block)
