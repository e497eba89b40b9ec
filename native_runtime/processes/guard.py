"""The app's side of the guardian: start it, write down each child for it, and replace it if it dies."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.processes.outside import bundle_folders, users_environment
from native_runtime.processes.reentry import is_packaged, is_single_file, own_interpreter
from native_runtime.processes.wards import Wards

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

FIRST_PAUSE: Final = 0.1  # seconds before the second replacement in a row
LONGEST_PAUSE: Final = 10.0  # seconds; one that lives so long has recovered

log = logging.getLogger("native_runtime.processes")

# As long as the app lives there is nothing to do but to wait for its end, which a shell does in a tenth of the
# memory. It waits for the end of file, and becomes the guardian proper.
_WAIT: Final = ("/bin/sh", "-c", 'while read -r line; do :; done; exec "$@"', "native-runtime-guardian")
# -P: no file in the app's folder may pass for a module. -S: on Linux the guardian needs no site-packages, and is
# up in half the time; elsewhere it has to find psutil. The package's own folder is told by path, because -S knows
# no editable install either.
_FLAGS: Final = ("-P", "-S") if sys.platform == "linux" else ("-P",)
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from native_runtime.processes.guardian import main; main(*sys.argv[2:])"
)
_PACKAGE: Final = str(Path(__file__).resolve().parents[2])


def guardian_command(marker: str, wards: int) -> Sequence[str]:
    """What the guardian of the app whose children bear `marker` runs once the app is gone.

    Args:
        marker: Beginning of what all its descendants bear.
        wards: Descriptor of the file of its wards, which the guardian inherits.
    """
    if is_packaged():
        return (*own_interpreter(), "runtime:guardian", marker, str(wards))
    return (sys.executable, *_FLAGS, "-c", _PROGRAM, _PACKAGE, marker, str(wards))


class Guard:
    """Writes down who lives. Owned by the loop's thread from `watch` on, which it never keeps waiting.

    On Windows it keeps quiet: there each child's Job Object does the guardian's work.
    """

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self._wards: Wards | None = None
        self._guardian: subprocess.Popen[bytes] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failures = 0
        _guards.add(self)

    @property
    def pid(self) -> int | None:
        """Of the guardian, or None while there is none."""
        return self._guardian.pid if self._guardian else None

    def begin(self) -> None:
        """Start the guardian."""
        if sys.platform != "win32":
            self._wards = self._wards or Wards()
            self._guardian = _spawn(self._marker, self._wards.fd)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, replace a guardian the moment it is gone. Call it on the loop's thread."""
        self._loop = loop
        if self._guardian and self._guardian.stdout:
            loop.add_reader(self._guardian.stdout.fileno(), self._replace)

    def unwatch(self) -> None:
        """Replace it no more. Call it on the loop's thread. Harmless twice."""
        self._let_be()
        self._loop = None

    def enter(self, pid: int, identity: str) -> None:
        """Write down a child that lives."""
        if self._wards:
            self._wards.enter(pid, identity)
            self._replace_if_idle()

    def leave(self, pid: int) -> None:
        """Strike out a child that is gone."""
        if self._wards:
            self._wards.leave(pid)

    def close(self) -> None:
        """Everybody is gone: dismiss the guardian, even a stopped one. Harmless twice, or before `begin`."""
        guardian, self._guardian = self._guardian, None
        if guardian:
            _end(guardian)
        wards, self._wards = self._wards, None
        if wards:
            wards.close()

    def let_go(self) -> None:
        """In a copy of the app, as a fork makes it: the guardian waits for the end of the app, not of the copy."""
        if self._guardian and self._guardian.stdin:
            self._guardian.stdin.close()
            self._guardian.returncode = 0  # no child of the copy's, which need not wait for it
        self._guardian = None
        if self._wards:
            self._wards.close()  # else the copy would strike out the children of the app
        self._wards = None

    def _replace_if_idle(self) -> None:
        if sys.platform != "win32" and self._guardian and _is_idle(self._guardian):
            log.warning("the guardian is gone or stopped; replacing it")
            self._replace()

    def _let_be(self) -> None:
        """The loop looks at it no more."""
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
            self.begin()
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


_guards: Final[weakref.WeakSet[Guard]] = weakref.WeakSet()


def _let_all_go() -> None:
    for guard in list(_guards):
        guard.let_go()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_let_all_go)

    # Meant for the app, as when a service is stopped with all its processes: the app's children are then still to
    # be ended. Blocked already at its birth, so that there is no moment in which they end it.
    _NOT_FOR_IT: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def _spawn(marker: str, wards: int) -> subprocess.Popen[bytes]:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_FOR_IT)
        try:
            return subprocess.Popen(
                # A single file's folder is gone with the app: there the guardian waits itself, with all it needs.
                (*(() if is_single_file() else _WAIT), *guardian_command(marker, wards)),
                stdin=subprocess.PIPE,  # nothing is said; its end says that the app is gone
                stdout=subprocess.PIPE,  # nothing either; its end says that the guardian is gone
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=users_environment(os.environ, bundle_folders()),
                pass_fds=(wards,),
                cwd="/",  # keep no folder of the app's busy
                start_new_session=True,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _is_idle(guardian: subprocess.Popen[bytes]) -> bool:
        """True if it died or was stopped since it was last asked: a stopped one would see no end of the app."""
        try:
            return os.waitpid(guardian.pid, os.WNOHANG | os.WUNTRACED)[0] != 0
        except ChildProcessError:
            return True
