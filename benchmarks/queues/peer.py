"""What the measurements need of a queue: a program that dispatches, and the commands that start its workers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHONS: Final = ROOT / ".dev" / "queue-peers" / "bin"
PROGRAMS: Final = "benchmarks.queues.programs"
BROKER: Final = "redis-server"
INSTALL: Final = (
    "python3 -m venv .dev/queue-peers && .dev/queue-peers/bin/pip install"
    " huey litequeue rq 'dramatiq[redis]' 'celery[redis]'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """How a library is used.

    Attributes:
        module: Of ours, in programs/, that speaks for it.
        imports: What must be installed; None for what is part of the project.
        workers: Commands that start so many workers, in the folder of the peers' Python and of the trial;
            None where the app itself starts them.
        needs_broker: It needs Redis.
    """

    module: str
    imports: str | None = None
    workers: Callable[[int], Sequence[Sequence[str]]] | None = None
    needs_broker: bool = False


class Peer:
    """A library with settings.

    Args:
        name: As the table says.
        library: How it is used.
        jobs: Usual number in a drain: what takes it a few seconds.
        env: Settings.
        is_queue: It can do more than store and drain.
    """

    def __init__(
        self,
        name: str,
        library: Library,
        *,
        jobs: int,
        env: dict[str, str] | None = None,
        is_queue: bool = True,
    ) -> None:
        self.name: Final = name
        self.library: Final = library
        self.jobs: Final = jobs
        self.env: Final = env or {}
        self.is_queue: Final = is_queue

    @property
    def module(self) -> str:
        """What the client imports."""
        return f"{PROGRAMS}.{self.library.module}"

    @property
    def python(self) -> str:
        """The interpreter that has the library."""
        return sys.executable if self.library.imports is None else str(PYTHONS / "python")

    def absent(self) -> str | None:
        """Why it cannot be measured here, or None if it can."""
        if not self._is_installed:
            return f"not installed: {INSTALL}"
        if self.library.needs_broker and shutil.which(BROKER) is None:
            return f"there is no {BROKER}: apt-get install {BROKER}"
        return None

    def worker_commands(self, count: int) -> list[list[str]]:
        """What to start for `count` workers; nothing where the app does it."""
        commands = self.library.workers(count) if self.library.workers else ()
        return [[str(Path(self.python).with_name(command[0])), *command[1:]] for command in commands]

    @cached_property
    def _is_installed(self) -> bool:
        if self.library.imports is None:
            return True
        test = [self.python, "-c", f"import {self.library.imports}"]
        return (
            Path(self.python).exists()
            and subprocess.run(test, capture_output=True, check=False).returncode == 0
        )
