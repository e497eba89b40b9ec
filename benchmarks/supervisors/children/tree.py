"""A child that ignores polite signals, as do its two children: one in its group, one in a session of its own."""

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Fork, tell all three pids through the FIFO named first, and stay."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    pids = os.getpid(), _descendant(own_session=False), _descendant(own_session=True)
    Path(sys.argv[1]).write_text(" ".join(map(str, pids)) + "\n", "ascii")
    if ready := os.environ.get("READY_FD"):  # where the supervisor wants to be told of readiness
        os.write(int(ready), b"\n")
    _stay()


def _descendant(*, own_session: bool) -> int:
    pid = os.fork()
    if pid == 0:
        if own_session:
            os.setsid()
        _stay()
    return pid


def _stay() -> None:
    while True:
        signal.pause()


main()
