"""An app's workers.toml in a folder of its own, and a gateway that answers from a table."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

TOKEN = "the-secret-of-this-run"  # noqa: S105 - opens nothing but the stub below


@dataclass
class StubGateway:
    """Answers `(status, document)` by "METHOD /path", and keeps what was asked."""

    answers: dict[str, tuple[int, Any]] = field(
        default_factory=lambda: {"GET /healthz": (200, {"status": "ok"})}
    )
    asked: list[tuple[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def handle(self, asked: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """What the table says; whatever it does not know is done."""
        if asked != "GET /healthz":
            self.asked.append((asked, json.loads(body) if body else None))
            self.headers = headers
        return self.answers.get(asked, (200, {"ok": True}))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an app whose workers.toml lies in the working folder."""
    (tmp_path / "workers.toml").write_text('[runtime]\napp = "Desk"\n\n[workers.default]\nprocesses = 2\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NATIVE_RUNTIME_CONFIG", raising=False)
    monkeypatch.setenv("NATIVE_RUNTIME_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def gateway(data: Path) -> Iterator[StubGateway]:
    """The gateway of that app, which seems to run."""
    stub = StubGateway()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, document = stub.handle(f"{self.command} {self.path}", dict(self.headers.items()), body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - http.server looks for these names

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    write_endpoint(data, url=f"http://127.0.0.1:{server.server_port}/")
    yield stub
    server.shutdown()
    thread.join()
    server.server_close()


def write_endpoint(data: Path, *, url: str, pid: int | None = None) -> None:
    """The file by which the command line finds a running app."""
    document = {"url": url, "token": TOKEN, "pid": os.getpid() if pid is None else pid, "version": "0"}
    (data / "endpoint.json").write_text(json.dumps(document))
