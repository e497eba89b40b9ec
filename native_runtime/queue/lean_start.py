"""Imports a worker in two thirds of the time that takes by itself: somebody waits for each start, and for each restart."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Where it is installed, msgspec takes from it what is the same in `typing` since Python 3.11: 7 ms, most of it for `inspect`.
_SPARED: Final = "typing_extensions"


def worker_command() -> Callable[[Sequence[str]], int]:
    """`queue:work`, with all that any job needs. Called once, before anything else has begun.

    What the app's own modules import is none of its business: they find everything as it always is.
    """
    was_on = gc.isenabled()
    gc.disable()  # what is imported stays: looking through it again and again finds nothing
    try:
        _import_msgspec()
        from native_runtime.queue import job_function, payload  # noqa: F401 - before the app's jobs ask for them
        from native_runtime.queue.work_command import main
    finally:
        gc.freeze()  # nor does it find anything there later
        if was_on:
            gc.enable()
    return main


def _import_msgspec() -> None:
    is_mine = _SPARED not in sys.modules
    if is_mine:
        sys.modules[_SPARED] = None  # type: ignore[assignment]  # for the import system: there is no such module
    try:
        import msgspec  # noqa: F401 - this is what it is about
    finally:
        if is_mine:
            del sys.modules[_SPARED]
