"""The photo desk as a person starts it: a process of its own, headless or on a virtual screen."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds; how long a fact may take on a busy machine


def wait_for(fact: Callable[[], object], what: str) -> None:
    """Wait until `fact()` is true."""
    deadline = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < deadline, f"not within {PATIENCE:g} s: {what}"
        time.sleep(0.05)


class DeskProgram:
    """`python -m app …` with a data folder of its own.

    Attributes:
        page: Address of the desk with the secret.
        panel: Address of the status panel with the secret.
    """

    def __init__(self, data: Path, *words: str, env: dict[str, str] | None = None) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.endswith("DISPLAY")}
        self.data = data
        self.errors = data.with_suffix(".stderr")
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", *words],
                cwd=ROOT,
                env=kept | {"NATIVE_RUNTIME_DATA_DIR": str(data)} | (env or {}),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.page = self._told("Photo Desk: ")
        self.panel = self._told("Status panel: ")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ask(self, address: str, body: object = None) -> Any:
        """GET an address of the gateway, or POST `body`; the answer's JSON."""
        parts = urlsplit(self.panel)
        (token,) = parse_qs(parts.query)["token"]
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            f"{parts.scheme}://{parts.netloc}{address}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return json.load(answer)

    def leave(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to leave; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def wait(self) -> int:
        """Wait until it leaves by itself; its exit code."""
        return self.process.wait(PATIENCE)

    def _told(self, label: str) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(label), f"{line!r}, {self.errors.read_text()}"
        return line.removeprefix(label).strip()


@contextmanager
def virtual_screen(size: str = "1440x900x24") -> Iterator[str]:
    """Start Xvfb on a free display; gives the DISPLAY."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as told:
        server = subprocess.Popen(
            [_program("Xvfb"), "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"],
            pass_fds=[writing],
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        try:
            yield f":{told.readline().strip()}"  # written once the server takes clients
        finally:
            server.terminate()
            server.wait(PATIENCE)


def screenshot(display: str, target: Path) -> Path:
    """Save what a virtual screen shows as PNG."""
    subprocess.run(
        [_program("import"), "-display", display, "-window", "root", str(target)],
        check=True,
        timeout=PATIENCE,
    )
    return target


def _program(name: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"{name} is not installed"
    return path
