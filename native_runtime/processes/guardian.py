"""The guardian: a tiny process that ends every tree of an app that died, however it died.

Nobody in a killed app can clean up, and a parent-death signal reaches no grandchild that changed its
session. So one process per app, in a session of its own, holds the read end of a pipe from the app and is
told each child. At end of file the app is gone: the guardian ends what is left and leaves. It lives as long
as the app, so it imports next to nothing. Windows needs none: there the Job Object does this.
"""

from __future__ import annotations

import os
import select
import sys

from native_runtime.processes.identity import identity_of
from native_runtime.processes.lineage import end_all

if sys.platform != "win32":
    from native_runtime.processes.ending import Ending

assert sys.platform != "win32"  # noqa: S101 - for type checkers: there Job Objects do this

TYPE_CHECKING = False  # as type checkers know it; typing would be a tenth of the guardian
if TYPE_CHECKING:
    from typing import Final

LOOK_AGAIN: Final = 0.02  # seconds between two looks at what is left
QUIET_LOOKS: Final = 3  # looks that must find nothing: a child may be just between fork and exec
_STDIN: Final = 0


def main(marker: str, app: str) -> None:
    """Watch until the app is gone, then end all that bears its `marker` or was told as its child.

    Args:
        marker: Beginning of what all its descendants bear.
        app: Its pid. An app may have forked, and its copy holds the pipe open; the process itself does not lie.
    """
    os.chdir("/")  # keep no folder of the app's busy
    children = _listen(_STDIN, int(app))
    quiet = 0
    while quiet < QUIET_LOOKS:
        roots = {pid for pid, identity in children.items() if identity_of(pid) == identity}
        quiet = 0 if end_all(roots=roots, markers=(marker,), pause=_pause) else quiet + 1
        _pause()


def _listen(fd: int, app: int) -> dict[int, str]:
    """Read `+<pid> <identity>` and `-<pid>` lines until the app is gone; returns who was left."""
    children: dict[int, str] = {}
    rest = b""
    ending = _ending_of(app)
    while True:
        # What the app said last is heard first; only when nothing is left to read does its end count.
        watched = [fd] if ending is None else [fd, ending.fd]
        readable, _, _ = select.select(watched, [], [], 0.0 if ending is None else None)
        if fd not in readable or not (chunk := os.read(fd, 65536)):
            return children
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            pid, _, identity = line[1:].decode().partition(" ")
            if line.startswith(b"+"):
                children[int(pid)] = identity
            else:
                children.pop(int(pid), None)


def _ending_of(app: int) -> Ending | None:
    """What tells the end of the app; None if it is gone already."""
    try:
        ending = Ending(app)
    except ProcessLookupError:
        return None
    # Looked at after that: had the app died before, its pid might be somebody else's by now.
    return ending if os.getppid() == app else None


def _pause() -> None:
    select.select([], [], [], LOOK_AGAIN)
