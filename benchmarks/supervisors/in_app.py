"""The two supervisors that live in a Python program: native-runtime, and the bare loop it is held against."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.comparison.line_client import LineClient
from benchmarks.supervisors.peer import GRACE

if TYPE_CHECKING:
    from benchmarks.supervisors.peer import Setup

HOSTS: Final = Path(__file__).parent / "hosts"


class InApp:
    """A supervisor inside the Python program `host`."""

    in_app = True

    def __init__(self, name: str, host: str) -> None:
        self.name = name
        self._host = HOSTS / host

    def absent(self) -> str | None:
        """Both are part of the project."""
        return None

    def open(self, setup: Setup) -> InAppSession:
        """Start the program."""
        return InAppSession(self._host, setup)


class InAppSession:
    """The program, running."""

    def __init__(self, host: Path, setup: Setup) -> None:
        data = setup.folder / "data"
        self.logs = data / "logs"
        data.mkdir(exist_ok=True)
        order = {
            "command": [str(setup.program), str(setup.fifo)],
            "names": setup.names,
            "data": str(data),
            "logs": str(self.logs),
            "eager": setup.eager,
            "grace": GRACE,
        }
        self._client = LineClient(
            [sys.executable, str(host), json.dumps(order)], env=setup.env, errors=setup.folder / "errors"
        )

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._client.pid

    def up(self) -> None:
        """Ask for all children."""
        self._client.ask("up")

    def stop(self, name: str) -> None:
        """Ask for one to be stopped."""
        self._client.ask(f"stop {name}")

    def close(self) -> None:
        """Reap the program."""
        self._client.close()
