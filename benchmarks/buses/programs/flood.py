"""Writes so many lines a second to its stdout, until it is ended."""

from __future__ import annotations

import os
import sys
import time
from typing import Final

TURN: Final = 0.02  # seconds
LINE: Final = b"%08d the quick brown fox jumps over the lazy dog, and on\n"


def main(lines: int) -> None:
    """Write, a fiftieth of it at once."""
    number, at_once = 0, round(lines * TURN)
    following = time.monotonic()
    while True:
        text = b"".join(LINE % each for each in range(number, number + at_once))
        while text:
            text = text[os.write(1, text) :]
        number += at_once
        following += TURN
        time.sleep(max(0.0, following - time.monotonic()))


if __name__ == "__main__":
    main(int(sys.argv[1]))
