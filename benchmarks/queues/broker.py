"""A Redis of the trial's own, on loopback, that writes nothing to disk: its fastest."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from benchmarks.queues.peer import BROKER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST: Final = "127.0.0.1"
PATIENCE: Final = 10.0  # seconds
LOOK_AGAIN: Final = 0.01


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Redis on a free port; its address, once it takes connections. It is ended afterwards.

    Raises:
        TimeoutError: It does not.
    """
    port = _free_port()
    never_saves = ("--save", "", "--appendonly", "no")
    redis = subprocess.Popen(
        [BROKER, "--bind", HOST, "--port", str(port), "--dir", str(folder), *never_saves],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + PATIENCE
        while not _listens(port):
            if redis.poll() is not None or time.monotonic() > until:
                raise TimeoutError(f"{BROKER} does not listen on {HOST}:{port} after {PATIENCE:g} s")
            time.sleep(LOOK_AGAIN)
        yield f"redis://{HOST}:{port}/0"
    finally:
        redis.kill()  # by its handle: it writes over its environment, and with it over any mark
        redis.wait()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
