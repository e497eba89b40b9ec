"""Writes the numbers below its argument, a line each, with a pause after every tenth."""

import sys
import time

for number in range(int(sys.argv[1])):
    print(number, flush=True)
    if number % 10 == 9:
        time.sleep(0.01)
