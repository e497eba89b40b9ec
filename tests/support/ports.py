"""Ports for programs that are told which one to take."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

# Below those that systems give to whoever asks for any: between our look and the program's nobody else gets it.
OURS = range(20_000, 30_000)


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    while True:
        port = random.choice(OURS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
