"""What the supervisor needs of an operating system; `system.py` chooses which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SpawnOrder:
    """A child to spawn: everything resolved, nothing left to decide.

    Attributes:
        argv: Absolute executable first.
        cwd: Working folder, or None for the app's.
        env: The whole environment.
        nice: POSIX niceness to add, or None.
        control: Open a control channel and tell its ends in the environment.
        outside: It is no part of the app, and must not load the libraries of a packaged one.
    """

    argv: Sequence[str]
    cwd: Path | None
    env: Mapping[str, str] = field(default_factory=dict)
    nice: int | None = None
    control: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Whom a process tells what happens to it; all called on the loop's thread.

    Attributes:
        on_output: `("stdout" | "stderr", chunk)`.
        on_control: A chunk of control channel bytes.
        on_exit: The return code as `subprocess` gives it: negative for a signal. Called once, last.
    """

    on_output: Callable[[str, bytes], None]
    on_control: Callable[[bytes], None]
    on_exit: Callable[[int], None]


class Process(Protocol):
    """A spawned child. All methods belong to the loop's thread."""

    pid: int

    def listen(self, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        """Begin to read its output and to wait for its end."""
        ...

    def write_stdin(self, data: bytes) -> bool:
        """Queue bytes for its stdin; never blocks. False if it has closed it."""
        ...

    @property
    def stdin_waiting(self) -> int:
        """Bytes that were written to its stdin and wait in this process."""
        ...

    def send_control(self, data: bytes) -> bool:
        """Queue bytes for its control channel; never blocks. False if it has none or it is closed."""
        ...

    def ask_to_stop(self) -> None:
        """Ask politely. Harmless if it is gone."""
        ...

    def kill_tree(self) -> None:
        """End it and its descendants now. Harmless if it is gone."""
        ...

    def discard(self) -> None:
        """End it and its descendants, and let go of it: for one that nobody listens to, because that failed."""
        ...


class Spawner(Protocol):
    """Starts processes."""

    def spawn(self, order: SpawnOrder) -> Process:
        """Start a process.

        Raises:
            OSError: With the operating system's reason: not found, not allowed, bad folder, too many.
        """
        ...
