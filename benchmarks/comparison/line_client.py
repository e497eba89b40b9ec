"""A program that takes requests on its stdin and answers each with a line; it says `ready` first."""

from __future__ import annotations

import select
import subprocess
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PATIENCE: Final = 60.0  # seconds


class LineClient:
    """Starts `argv` and returns once it is ready.

    Raises:
        TimeoutError: It did not become ready; says where its errors are.
    """

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], errors: Path) -> None:
        self._errors = errors
        with errors.open("ab") as stderr:
            self._popen = subprocess.Popen(
                argv,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                bufsize=1,
            )
        self.pid = self._popen.pid
        self._expect("ready")

    def ask(self, request: str) -> str:
        """Send a request and wait until it is answered; returns what stands behind the answer's `done`.

        Raises:
            TimeoutError: It was not.
        """
        if self._popen.stdin is not None:
            self._popen.stdin.write(request + "\n")
        return self._expect("done")

    def close(self) -> None:
        """Reap it; it was killed, or leaves at the end of its input."""
        if self._popen.stdin is not None:
            self._popen.stdin.close()
        self._popen.wait()
        if self._popen.stdout is not None:
            self._popen.stdout.close()

    def _expect(self, answer: str) -> str:
        stdout = self._popen.stdout
        until = time.monotonic() + PATIENCE
        while stdout is not None and select.select([stdout], [], [], max(0.0, until - time.monotonic()))[0]:
            line = stdout.readline()
            word, _, rest = line.strip().partition(" ")
            if word == answer:
                return rest
            if not line or word == "failed":  # anything else is a library's chatter
                break
        words = self._errors.read_text("utf-8", "replace").strip().splitlines()[-1:]
        raise TimeoutError(f"expected {answer!r}; the last error was: {' '.join(words) or 'none'}")
