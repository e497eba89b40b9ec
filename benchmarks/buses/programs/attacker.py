"""Attacks a gateway at fixed rates, as little as it can at the expense of the machine: it is niced, and reads seldom."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

LISTENERS: Final = 200  # WebSocket clients that know the secret, and are told of every event
LORIS: Final = 100  # connections that begin a request, send a header line each second, and never end it
REFUSALS: Final = 2  # of each kind in a round
ROUND: Final = 0.1  # seconds; what has come is read once in each, too
LORIS_ROUNDS: Final = 10
PATIENCE: Final = 30.0  # seconds
WRONG: Final = "wrong"
TOO_LARGE: Final = str(100 * 1024**3)


class Attack:
    """What the benchmark asks for."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._go_on)
        self._leaving = threading.Event()
        self._listeners: list[socket.socket] = []
        self._loris: list[socket.socket] = []
        self._failure: OSError | None = None
        self._port = 0
        self._secret = ""
        self._refused = 0
        self._told = 0
        self._began = 0.0

    def begin(self, link: str) -> None:
        """Open everything, and attack until `end`."""
        parts = urlsplit(link)
        self._port = parts.port or 0
        self._secret = parse_qs(parts.query)["token"][0]
        self._listeners = [self._listen() for _ in range(LISTENERS)]
        self._loris = [self._dawdle() for _ in range(LORIS)]
        self._began = time.monotonic()
        self._thread.start()

    def end(self) -> dict[str, float]:
        """Leave. What was refused and what the listeners were sent, a second.

        Raises:
            OSError: A request was not refused as it must be, or a listener was thrown out: that was no such attack.
        """
        self._leaving.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        took = time.monotonic() - self._began
        return {"refused": self._refused / took, "kilobytes": self._told / took / 1e3}

    def _go_on(self) -> None:
        turn = 0
        try:
            while not self._leaving.wait(max(0.0, self._began + turn * ROUND - time.monotonic())):
                turn += 1
                for listener in self._listeners:
                    self._told += _read_all(listener)
                for expected, head in self._refusals() * REFUSALS:
                    self._be_refused(head, expected)
                if turn % LORIS_ROUNDS == 0:
                    self._loris = [self._one_line_more(each) for each in self._loris]
        except OSError as error:
            self._failure = error

    def _refusals(self) -> list[tuple[bytes, str]]:
        return [
            (b" 401 ", self._head("GET", "/api/status", secret=WRONG)),
            (b" 403 ", self._head("GET", "/api/status", host="evil.example")),
            (b" 413 ", self._head("POST", "/api/config/check", f"Content-Length: {TOO_LARGE}")),
        ]

    def _be_refused(self, head: str, expected: bytes) -> None:
        with self._open(head) as connection:
            answer = connection.recv(65536)
        if expected not in answer.partition(b"\r\n")[0]:
            raise OSError(f"expected{expected.decode()}from the gateway, got {answer[:80]!r}")
        self._refused += 1

    def _listen(self) -> socket.socket:
        upgrade = (
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Extensions: permessage-deflate",
        )
        connection = self._open(self._head("GET", "/api/events", *upgrade, connection="Upgrade"))
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += _part(connection)
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            raise OSError(f"expected to be let in, got {answer[:80]!r}")
        connection.settimeout(0)
        return connection

    def _dawdle(self) -> socket.socket:
        return self._open("GET /api/status HTTP/1.1\r\n")

    def _one_line_more(self, connection: socket.socket) -> socket.socket:
        with suppress(OSError):  # ended by the gateway: another one takes its place
            connection.sendall(b"X-More: yes\r\n")
            return connection
        connection.close()
        return self._dawdle()

    def _open(self, words: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        connection.sendall(words.encode("ascii"))
        return connection

    def _head(
        self, method: str, path: str, *lines: str, secret: str = "", host: str = "", connection: str = "close"
    ) -> str:
        shown = (
            f"Host: {host or f'127.0.0.1:{self._port}'}",
            f"Authorization: Bearer {secret or self._secret}",
            f"Connection: {connection}",
            *lines,
        )
        return "\r\n".join((f"{method} {path} HTTP/1.1", *shown, "", ""))


def _part(connection: socket.socket) -> bytes:
    """What comes next.

    Raises:
        OSError: The other side has closed.
    """
    if not (part := connection.recv(65536)):
        raise OSError("a listener was thrown out")
    return part


def _read_all(connection: socket.socket) -> int:
    """How many bytes have come."""
    taken = 0
    with suppress(BlockingIOError):
        while True:
            taken += len(_part(connection))
    return taken


def main() -> None:
    """Serve `METHOD JSON-LIST` until stdin ends."""
    os.nice(19)
    attack = Attack()
    print("ready", flush=True)
    for line in sys.stdin:
        request, _, words = line.partition(" ")
        method: Callable[..., object] = getattr(attack, request)
        print("done", json.dumps(method(*json.loads(words))), flush=True)


if __name__ == "__main__":
    main()
