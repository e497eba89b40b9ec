"""A descriptor that becomes readable when a process has ended."""

from __future__ import annotations

import os
import select
import sys

if sys.platform == "linux":

    class Ending:
        """A descriptor that becomes readable when the process has ended: a pidfd."""

        def __init__(self, pid: int) -> None:
            self.fd = os.pidfd_open(pid)

        def close(self) -> None:
            """Let go of it."""
            os.close(self.fd)

elif sys.platform != "win32":  # there handles are waited for

    class Ending:
        """A descriptor that becomes readable when the process has ended: a kqueue with one filter."""

        def __init__(self, pid: int) -> None:
            self._queue = select.kqueue()
            self.fd = self._queue.fileno()
            note = select.kevent(
                pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD | select.KQ_EV_ONESHOT, select.KQ_NOTE_EXIT
            )
            try:
                self._queue.control([note], 0)
            except ProcessLookupError:
                # It was quicker than we. A user event that fires at once makes the descriptor readable.
                now = select.kevent(0, select.KQ_FILTER_TIMER, select.KQ_EV_ADD | select.KQ_EV_ONESHOT, 0, 1)
                self._queue.control([now], 0)

        def close(self) -> None:
            """Let go of it."""
            self._queue.close()
