"""The guardian: a process that ends every tree of an app that died, however it died.

Nobody in a killed app can clean up, and a parent-death signal reaches no grandchild that changed its
session. So one process per app, in a session of its own, holds the read end of a pipe from the app. At end
of file the app is gone: it reads who the app's wards are, ends what is left, and leaves. Up to then a shell does
the waiting where it can, see `guard`. Time counts from there on, so it imports next to nothing. Windows needs none: there
the Job Object does this.
"""

from __future__ import annotations

import os
import select
import sys

from native_runtime.processes.identity import identity_of
from native_runtime.processes.lineage import end_all
from native_runtime.processes.wards import read as wards_of

assert sys.platform != "win32"  # noqa: S101 - for type checkers: there Job Objects do this

TYPE_CHECKING = False  # as type checkers know it; typing would be a tenth of the guardian
if TYPE_CHECKING:
    from typing import Final

LOOK_AGAIN: Final = 0.02  # seconds between two looks at what is left
QUIET_LOOKS: Final = 3  # looks that must find nothing: a child may be just between fork and exec
_STDIN: Final = 0


def main(marker: str, wards: str) -> None:
    """End all that bears the `marker` of an app that is gone, or is one of its wards.

    Args:
        marker: Beginning of what all its descendants bear.
        wards: Descriptor of the file that names them.
    """
    while os.read(_STDIN, 1):  # at its end already, where a shell has waited
        pass
    children = wards_of(int(wards))
    quiet = 0
    while quiet < QUIET_LOOKS:
        roots = {pid for pid, identity in children.items() if identity_of(pid) == identity}
        quiet = 0 if end_all(roots=roots, markers=(marker,), pause=_pause) else quiet + 1
        _pause()


def _pause() -> None:
    select.select([], [], [], LOOK_AGAIN)
