"""A bare supervisor: what the machine allows from Python, with no feature that would slow it.

It restarts at once and for ever, appends output to a file and starts over when that is large. It has no
policy, no events, no readiness, no trees, no crash reports, and leaves every child behind when it dies.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Final

READ_SIZE: Final = 256 * 1024
LARGEST_LOG: Final = 64 * 1024 * 1024


class Child:
    """One command, started again each time it ends."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, command: list[str], log: Path, *, grace: float
    ) -> None:
        self._loop = loop
        self._command = command
        self._log_path = log
        self._log: IO[bytes] | None = None
        self._grace = grace
        self._wanted = False
        self.stopped = threading.Event()

    def start(self) -> None:
        """Spawn it and watch for its end and its output."""
        self._wanted = True
        self._popen = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            bufsize=0,
        )
        self._pidfd = os.pidfd_open(self._popen.pid)
        self._loop.add_reader(self._pidfd, self._ended)
        if self._popen.stdout is not None:
            self._output = self._popen.stdout
            os.set_blocking(self._output.fileno(), False)
            self._loop.add_reader(self._output, self._readable)

    def stop(self) -> None:
        """Ask, then kill."""
        self._wanted = False
        self._popen.terminate()
        self._loop.call_later(self._grace, self._insist, self._popen)

    def _insist(self, popen: subprocess.Popen[bytes]) -> None:
        if popen.returncode is None:
            os.killpg(popen.pid, signal.SIGKILL)

    def _readable(self) -> None:
        chunk = self._output.read(READ_SIZE)
        if chunk:
            self._write(chunk)
        elif chunk is not None:
            self._loop.remove_reader(self._output)

    def _write(self, chunk: bytes) -> None:
        if self._log is None or self._log.tell() > LARGEST_LOG:
            if self._log is not None:
                self._log.close()
            self._log = self._log_path.open("wb", buffering=0)
        self._log.write(chunk)

    def _ended(self) -> None:
        self._loop.remove_reader(self._pidfd)
        self._loop.remove_reader(self._output)
        os.close(self._pidfd)
        self._output.close()
        self._popen.wait()
        if self._wanted:
            self.start()
        else:
            self.stopped.set()


def main(order: dict[str, Any]) -> None:
    """Serve requests from stdin: `up`, `stop NAME`."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    logs = Path(order["logs"])
    logs.mkdir(exist_ok=True)
    children = {
        name: Child(loop, order["command"], logs / name, grace=order["grace"]) for name in order["names"]
    }
    print("ready", flush=True)
    for line in sys.stdin:
        request, _, name = line.strip().partition(" ")
        if request == "up":
            for child in children.values():
                loop.call_soon_threadsafe(child.start)
        else:
            loop.call_soon_threadsafe(children[name].stop)
            children[name].stopped.wait()
        print("done", flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
