"""Who is measured: a program that publishes, and the Python that has what it needs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.buses.goals import OURS, REFERENCE

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = ROOT / ".dev" / "event-peers" / "bin" / "python"
PROGRAMS: Final = "benchmarks.buses.programs"
INSTALL: Final = "python3 -m venv .dev/event-peers && .dev/event-peers/bin/pip install blinker pyee"


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to hear of events.

    Attributes:
        name: As the table says.
        module: Of ours, in programs/, that speaks for it.
        imports: What must be installed; None for what is part of the project.
        is_supervisor: It hears of children's exits, too.
    """

    name: str
    module: str
    imports: str | None = None
    is_supervisor: bool = False

    @property
    def python(self) -> str:
        """The interpreter that has the library."""
        return sys.executable if self.imports is None else str(PYTHON)

    def absent(self) -> str | None:
        """Why it cannot be measured here, or None if it can."""
        if self.imports is None:
            return None
        if not PYTHON.exists():
            return f"not installed: {INSTALL}"
        found = subprocess.run(
            [self.python, "-c", f"import {self.imports}"], capture_output=True, check=False
        )
        return None if found.returncode == 0 else f"{self.imports} is not installed: {INSTALL}"


PEERS: Final = (
    Peer(REFERENCE, "with_loop", is_supervisor=True),
    Peer(OURS, "with_native", is_supervisor=True),
    Peer("blinker", "with_blinker", imports="blinker"),
    Peer("pyee", "with_pyee", imports="pyee"),
)
