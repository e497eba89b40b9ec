"""HTTP by hand, for what no well-meaning client would send."""

from __future__ import annotations

import socket
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime import Runtime

DEADLINE = 60.0  # seconds
NOTHING: Mapping[str, str] = MappingProxyType({})


class Address:
    """Where a runtime's gateway is, and its secret."""

    def __init__(self, runtime: Runtime) -> None:
        parts = urlsplit(runtime.url)
        assert parts.port is not None
        self.port = parts.port
        self.host = f"127.0.0.1:{parts.port}"
        self.token = parse_qs(parts.query)["token"][0]
        self.cookie = f"native_runtime_{parts.port}={self.token}"
        self.bearer = f"Bearer {self.token}"

    def connect(self) -> socket.socket:
        """A connection that has said nothing yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] = NOTHING, *, body: bytes = b""
    ) -> tuple[int, str]:
        """One request as it stands, path included. Returns status and body; a Host is added where none is given."""
        shown = {"Host": self.host, "Content-Length": str(len(body)), "Connection": "close"}
        head = "".join(f"{name}: {value}\r\n" for name, value in {**shown, **headers}.items())
        with self.connect() as connection:
            connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)
            answer = read_all(connection)
        status, _, rest = answer.partition(b"\r\n")
        return int(status.split()[1]), rest.partition(b"\r\n\r\n")[2].decode()


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side has closed; what is cut off by a reset counts as closed."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
