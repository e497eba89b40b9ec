"""Re-entry: a packaged app starts its workers from its own executable, and must then be a worker, not a window."""

from __future__ import annotations

import os
import sys

from native_runtime.processes.app_commands import GROUPS


def bootstrap() -> None:
    """Call this as the very first statement of the app's `__main__`, before any import of a GUI.

    If this process was started to run a runtime command (`queue:work …`, or any other of
    `native-runtime`), runs it and exits. Else returns at once and leaves the app to start.
    """
    _give_standard_streams()
    if getattr(sys, "frozen", False):
        import multiprocessing

        multiprocessing.freeze_support()  # returns at once, unless this is a child of `multiprocessing`
    if len(sys.argv) > 1 and is_runtime_command(sys.argv[1]):
        from native_runtime.__main__ import main

        sys.exit(main())


def is_runtime_command(word: str) -> bool:
    """True for `queue:work` and its like; no URL and no path that a system may hand to an app is one."""
    group, colon, name = word.partition(":")
    return bool(colon) and group in GROUPS and name.isalpha()


def _give_standard_streams() -> None:
    """A windowed build on Windows has no standard streams, and the first `print` of any library would raise."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - pathlib costs 5 ms; open for good
