"""Open files: each child costs some, and systems allow a program few of them until it asks for more."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Final

from native_runtime.errors import TooManyOpenFilesError

PER_CHILD: Final = 4  # three pipes and the watch over its end; two more with a control channel
WANTED: Final = 65_536  # enough for ten thousand children; more only makes tables larger

if sys.platform == "win32":

    def raise_limit() -> None:
        """Nothing to do: Windows has no such limit worth speaking of."""

    def restore_in(pid: int) -> None:
        """Nothing was changed."""

    def _limit() -> int:
        return 0

else:
    import resource

    _inherited = resource.getrlimit(resource.RLIMIT_NOFILE)

    def raise_limit() -> None:
        """Use what the system allows this program on request. Harmless twice."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with contextlib.suppress(ValueError, OSError):  # macOS names a hard limit it does not grant
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    def restore_in(pid: int) -> None:
        """Give a child the limit we were started with: old programs that use `select` break above 1,024."""
        if sys.platform == "linux" and resource.getrlimit(resource.RLIMIT_NOFILE) != _inherited:
            with contextlib.suppress(OSError):  # gone already
                resource.prlimit(pid, resource.RLIMIT_NOFILE, _inherited)

    def _limit() -> int:
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def explained(error: OSError, name: str) -> OSError:
    """`error`, or a clearer one if the limit on open files is what stopped the spawn of child `name`."""
    if error.errno not in (errno.EMFILE, errno.ENFILE):
        return error
    return TooManyOpenFilesError(name, _open_now(), _limit(), PER_CHILD)


def _open_now() -> int | None:
    try:
        return len(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))  # noqa: PTH208 - a count
    except OSError:  # on a system at its limit even this may fail
        return None
