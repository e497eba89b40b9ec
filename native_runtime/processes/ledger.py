"""What this app has spawned, on disk, so that the next start can recognise what an earlier one left behind."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """A child that was spawned.

    Attributes:
        name: The child's name.
        pid: Its pid.
        identity: As `identity_of` gave it; the pid alone is never trusted.
    """

    name: str
    pid: int
    identity: str


class Ledger:
    """One small file per living child in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def enter(self, name: str, pid: int, identity: str) -> None:
        """Note a child that was just spawned."""
        document = json.dumps({"name": name, "pid": pid, "identity": identity})
        # A full disk must not keep a worker from starting; the child is then only less well remembered.
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._path(pid).write_text(document, "utf-8")

    def leave(self, pid: int) -> None:
        """Strike out a child that is gone. Harmless twice."""
        with contextlib.suppress(OSError):
            os.unlink(self._path(pid))  # noqa: PTH108 - the hot path of a restart

    def entries(self) -> list[Entry]:
        """All that is noted; files nobody can read are skipped."""
        found = []
        for path in sorted(self._folder.glob("*.child")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                document = json.loads(path.read_text("utf-8"))
                found.append(Entry(str(document["name"]), int(document["pid"]), str(document["identity"])))
        return found

    def _path(self, pid: int) -> Path:
        return self._folder / f"{pid}.child"
