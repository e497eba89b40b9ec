"""The app's side of the guardian: start it, tell it of each child, and replace it if it dies."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.processes.commands import own_interpreter

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

FIRST_PAUSE: Final = 0.1  # seconds before the second replacement in a row
LONGEST_PAUSE: Final = 10.0  # seconds; one that lives so long has recovered
PATIENCE: Final = 5.0  # seconds a guardian may leave its pipe full; one that was stopped never reads

log = logging.getLogger("native_runtime.processes")

# -P: no file in the app's folder may pass for a module. -S: on Linux the guardian needs no site-packages, and is
# up in half the time and memory; elsewhere it has to find psutil. The package's own folder is told by path,
# because -S knows no editable install either.
_FLAGS: Final = ("-P", "-S") if sys.platform == "linux" else ("-P",)
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from native_runtime.processes.guardian import main; main(*sys.argv[2:])"
)


def guardian_command(marker: str) -> Sequence[str]:
    """How to start the guardian of the app whose children bear `marker`."""
    if getattr(sys, "frozen", False):
        return (*own_interpreter(), "runtime:guardian", marker, str(os.getpid()))
    return (sys.executable, *_FLAGS, "-c", _PROGRAM, str(Path(__file__).parents[2]), marker, str(os.getpid()))


class Guard:
    """Tells the guardian who lives. Owned by the loop's thread from `watch` on, which it never keeps waiting.

    On Windows it keeps quiet: there each child's Job Object does the guardian's work.
    """

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self._children: dict[int, str] = {}
        self._guardian: subprocess.Popen[bytes] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsaid = bytearray()  # what the pipe has no room for yet
        self._patience: asyncio.TimerHandle | None = None  # runs while a full pipe is waited for
        self._failures = 0

    @property
    def pid(self) -> int | None:
        """Of the guardian, or None while there is none."""
        return self._guardian.pid if self._guardian else None

    def begin(self) -> None:
        """Start the guardian."""
        if sys.platform != "win32":
            self._guardian = _spawn(self._marker)
        self._unsaid.clear()
        self._tell("".join(f"+{pid} {identity}\n" for pid, identity in self._children.items()))

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, replace a guardian the moment it is gone. Call it on the loop's thread."""
        self._loop = loop
        if self._guardian and self._guardian.stdout:
            loop.add_reader(self._guardian.stdout.fileno(), self._replace)
            self._speak()

    def unwatch(self) -> None:
        """Replace it no more. Call it on the loop's thread. Harmless twice."""
        self._let_be()
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
        """Everybody is gone: dismiss the guardian, even a stopped one. Harmless twice, or before `begin`."""
        guardian, self._guardian = self._guardian, None
        if guardian:
            _end(guardian)

    def _tell(self, lines: str) -> None:
        if self._guardian is not None:
            self._unsaid += lines.encode()
            self._speak()

    def _speak(self) -> None:
        """Write what fits in the pipe, and the rest when there is room."""
        if self._guardian is None or self._guardian.stdin is None:
            return
        pipe, before = self._guardian.stdin.fileno(), len(self._unsaid)
        try:
            while self._unsaid:
                del self._unsaid[: os.write(pipe, self._unsaid)]
        except BlockingIOError:
            if self._patience is None or len(self._unsaid) < before:
                self._wait_for_room(pipe)
        except BrokenPipeError:
            self._replace()
        else:
            self._stop_waiting()

    def _wait_for_room(self, pipe: int) -> None:
        self._stop_waiting()  # it did read something: its time begins anew
        if self._loop:
            self._loop.add_writer(pipe, self._speak)
            self._patience = self._loop.call_later(PATIENCE, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience and self._loop and self._guardian and self._guardian.stdin:
            self._loop.remove_writer(self._guardian.stdin.fileno())
            self._patience.cancel()
        self._patience = None

    def _give_up(self) -> None:
        log.warning("the guardian has read nothing for %.0f s, as if it were stopped; replacing it", PATIENCE)
        self._replace()

    def _let_be(self) -> None:
        """The loop looks at its pipes no more."""
        self._stop_waiting()
        if self._loop and self._guardian and self._guardian.stdout:
            self._loop.remove_reader(self._guardian.stdout.fileno())

    def _replace(self) -> None:
        """Put another in the place of a guardian that is gone; one that cannot live is not tried in a hot loop."""
        guardian = self._guardian
        if guardian is None:
            return
        self._let_be()
        self._guardian = None
        _end(guardian)
        self._failures += 1
        if self._loop is None or self._failures == 1:
            self._begin_again()
        else:
            self._begin_later(self._loop)

    def _begin_later(self, loop: asyncio.AbstractEventLoop) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures - 2, 10))
        log.warning("the guardian cannot live; trying again in %.1f s", pause)
        loop.call_later(pause, self._begin_again)

    def _begin_again(self) -> None:
        try:
            self.begin()  # tells the new one of all that live
        except OSError:
            log.exception("the guardian could not be started; children may outlive an app that is killed")
            self._failures += 1
            if self._loop is not None:
                self._begin_later(self._loop)
            return
        if self._loop is not None and self._guardian is not None:
            self.watch(self._loop)
            self._loop.call_later(LONGEST_PAUSE, self._forgive, self._guardian)

    def _forgive(self, guardian: subprocess.Popen[bytes]) -> None:
        if self._guardian is guardian:
            self._failures = 0


def _end(guardian: subprocess.Popen[bytes]) -> None:
    """End it and reap it. A guardian that only lost its pipe would end our children."""
    guardian.kill()  # works on a stopped one too
    with guardian:  # closes the pipes
        pass


if sys.platform != "win32":
    # Meant for the app, as when a service is stopped with all its processes: the app's children are then still to
    # be ended. Blocked already at its birth, so that there is no moment in which they end it.
    _NOT_FOR_IT: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def _spawn(marker: str) -> subprocess.Popen[bytes]:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_FOR_IT)
        try:
            guardian = subprocess.Popen(
                guardian_command(marker),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,  # says nothing; its end says that the guardian is gone
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if guardian.stdin:
            os.set_blocking(guardian.stdin.fileno(), False)
        return guardian
