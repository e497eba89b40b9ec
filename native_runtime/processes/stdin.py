"""What is written to a child's stdin, and how much of it may wait there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.errors import MessageTooLargeError, NotListeningError, NotRunningError

if TYPE_CHECKING:
    from native_runtime.processes.child import Child

STDIN_LIMIT: Final = 1024 * 1024  # bytes of messages that may wait for a child to read them


def write(child: Child, data: bytes) -> None:
    """Queue bytes for a child's stdin, on the loop's thread.

    Raises:
        NotRunningError: There is no process to take it.
        NotListeningError: It has closed its stdin, or has just ended.
        MessageTooLargeError: More would wait than may.
    """
    name, run = child.spec.name, child.run
    if run is None or run.is_over:
        raise NotRunningError(name, child.state)
    waiting = run.process.stdin_waiting
    if waiting + len(data) > STDIN_LIMIT:
        raise MessageTooLargeError(name, len(data), waiting, STDIN_LIMIT)
    if not run.process.write_stdin(data):
        raise NotListeningError(name)
