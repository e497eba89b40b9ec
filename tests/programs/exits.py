"""Prints a line on each stream, then exits with the code it is given."""

import sys

print("out", flush=True)
print("err", file=sys.stderr, flush=True)
sys.exit(int(sys.argv[1]))
