"""What the measurements need of a supervisor, so that each is measured by the same code."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

ROOT: Final = Path(__file__).resolve().parents[2]
GRACE: Final = 1.0  # seconds every supervisor is told to wait between asking and killing
MANY: Final = 10**9  # restarts, where a supervisor wants a limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a supervisor is to look after.

    Attributes:
        folder: Its own, short-lived; a later session may come back to it.
        names: Of the children.
        program: What each of them runs.
        fifo: The program's only argument.
        env: Environment for the supervisor, which its children must inherit.
        eager: Set to its fastest; otherwise what one gets without a word.
        logged: Output must reach a log, if that is not so anyway.
    """

    folder: Path
    names: tuple[str, ...]
    program: Path
    fifo: Path
    env: Mapping[str, str]
    eager: bool
    logged: bool


class Session(Protocol):
    """A supervisor that takes requests; it was told of its children, and none of them runs."""

    logs: Path
    """Folder that holds what the children wrote, and nothing else."""

    @property
    def pid(self) -> int:
        """Of the supervisor itself."""
        ...

    def up(self) -> None:
        """Have all children started; may return before they are."""
        ...

    def stop(self, name: str) -> None:
        """Have a child stopped for good, by the most thorough means the supervisor has."""
        ...

    def close(self) -> None:
        """Reap what was started here; everything has been killed before."""
        ...


class Peer(Protocol):
    """A kind of supervisor."""

    name: str
    in_app: bool
    """It lives in a Python program: that program's own memory is no cost of supervision."""

    def absent(self) -> str | None:
        """Why it cannot be measured here, or None if it can."""
        ...

    def open(self, setup: Setup) -> Session:
        """Start it.

        Raises:
            TimeoutError: It does not answer.
        """
        ...


def find(command: str, *, under: str | None = None) -> str | None:
    """Where `command` is: in the project's folder `under`, else on PATH, else nowhere."""
    local = ROOT / under / command if under else None
    return str(local) if local and local.exists() else shutil.which(command)
