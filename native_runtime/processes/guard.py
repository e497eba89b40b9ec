"""The app's side of the guardian: start it, tell it of each child, and replace it if it dies."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.processes.commands import own_interpreter
from native_runtime.processes.lineage import GOODBYE

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

FIRST_PAUSE: Final = 0.1  # seconds before the second replacement in a row
LONGEST_PAUSE: Final = 10.0  # seconds; one that lives so long has recovered

log = logging.getLogger("native_runtime.processes")

# -S: the guardian needs no site-packages, and is up in half the time and memory. The package's own
# folder is told by path, because -S knows no editable install either.
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from native_runtime.processes.guardian import main; main(*sys.argv[2:])"
)


def guardian_command(marker: str) -> Sequence[str]:
    """How to start the guardian of the app whose children bear `marker`."""
    if getattr(sys, "frozen", False):
        return (*own_interpreter(), "runtime:guardian", marker, str(os.getpid()))
    return (sys.executable, "-S", "-c", _PROGRAM, str(Path(__file__).parents[2]), marker, str(os.getpid()))


class Guard:
    """Tells the guardian who lives. Owned by the loop's thread from `watch` on.

    On Windows it keeps quiet: there each child's Job Object does the guardian's work.
    """

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self._children: dict[int, str] = {}
        self._guardian: subprocess.Popen[bytes] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures = 0

    @property
    def pid(self) -> int | None:
        """Of the guardian, or None while there is none."""
        return self._guardian.pid if self._guardian else None

    def begin(self) -> None:
        """Start the guardian."""
        if sys.platform != "win32":
            self._guardian = subprocess.Popen(
                guardian_command(self._marker),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,  # says nothing; its end says that the guardian is gone
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        for pid, identity in self._children.items():
            self._tell(f"+{pid} {identity}\n")

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, replace a guardian the moment it is gone. Call it on the loop's thread."""
        self._loop = loop
        if self._guardian and self._guardian.stdout:
            loop.add_reader(self._guardian.stdout.fileno(), self._replace)

    def unwatch(self) -> None:
        """Replace it no more. Call it on the loop's thread. Harmless twice."""
        if self._loop and self._guardian and self._guardian.stdout:
            self._loop.remove_reader(self._guardian.stdout.fileno())
        self._loop = None

    def enter(self, pid: int, identity: str) -> None:
        """Tell of a child that lives."""
        self._children[pid] = identity
        self._tell(f"+{pid} {identity}\n")

    def leave(self, pid: int) -> None:
        """Tell that a child is gone."""
        if self._children.pop(pid, None) is not None:
            self._tell(f"-{pid}\n")

    def close(self) -> None:
        """Everybody is gone: dismiss the guardian. Harmless twice, or before `begin`."""
        guardian, self._guardian = self._guardian, None
        if guardian and guardian.stdin:
            with guardian, contextlib.suppress(BrokenPipeError):
                os.write(guardian.stdin.fileno(), GOODBYE + b"\n")

    def _tell(self, line: str) -> None:
        if self._guardian is None or self._guardian.stdin is None:
            return
        try:
            os.write(self._guardian.stdin.fileno(), line.encode())
        except BrokenPipeError:
            self._replace()

    def _replace(self) -> None:
        """Put another in the place of a guardian that is gone; one that cannot live is not tried in a hot loop."""
        guardian, loop = self._guardian, self._loop
        if guardian is None:
            return
        if loop and guardian.stdout:
            loop.remove_reader(guardian.stdout.fileno())
        with guardian:  # closes the pipes and reaps it
            self._guardian = None
        self._failures += 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._failures - 2)) if self._failures > 1 else 0.0
        if loop is None or pause == 0.0:
            self._begin_again()
        else:
            log.warning("the guardian cannot live; trying again in %.1f s", pause)
            loop.call_later(pause, self._begin_again)

    def _begin_again(self) -> None:
        try:
            self.begin()  # tells the new one of all that live
        except OSError:
            log.exception("the guardian could not be started; children may outlive an app that is killed")
        if self._loop is not None and self._guardian is not None:
            self.watch(self._loop)
            self._loop.call_later(LONGEST_PAUSE, self._forgive, self._guardian)

    def _forgive(self, guardian: subprocess.Popen[bytes]) -> None:
        if self._guardian is guardian:
            self._failures = 0
