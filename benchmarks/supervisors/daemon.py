"""A supervisor that is a daemon of its own, started in the foreground, and a client that speaks to it."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Final

from benchmarks.comparison.line_client import LineClient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PATIENCE: Final = 15.0  # seconds
LOOK_AGAIN: Final = 0.02


def start_daemon(argv: Sequence[str], *, env: Mapping[str, str], errors: Path) -> subprocess.Popen[bytes]:
    """Start `argv` with its words going to `errors`."""
    with errors.open("ab") as words:
        return subprocess.Popen(
            argv, env=env, cwd=errors.parent, stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )


class DaemonSession:
    """A daemon that listens on the socket file `door` once it is ready, and its client.

    Raises:
        TimeoutError: It does not listen.
    """

    def __init__(
        self,
        *,
        daemon: Sequence[str],
        client: Sequence[str],
        door: Path,
        logs: Path,
        env: Mapping[str, str],
        errors: Path,
    ) -> None:
        self.logs = logs
        door.unlink(missing_ok=True)  # a killed daemon leaves it behind
        self._daemon = start_daemon(daemon, env=env, errors=errors)
        until = time.monotonic() + PATIENCE
        while not door.exists():
            if time.monotonic() > until:
                raise TimeoutError(
                    f"{daemon[0]} does not listen on {door} after {PATIENCE:g} s; see {errors}"
                )
            time.sleep(LOOK_AGAIN)
        self._client = LineClient(client, env=env, errors=errors)

    @property
    def pid(self) -> int:
        """Of the daemon."""
        return self._daemon.pid

    def up(self) -> None:
        """Ask for all children."""
        self._client.ask("up")

    def stop(self, name: str) -> None:
        """Ask for one to be stopped."""
        self._client.ask(f"stop {name}")

    def close(self) -> None:
        """Reap daemon and client."""
        self._daemon.wait()
        self._client.close()
