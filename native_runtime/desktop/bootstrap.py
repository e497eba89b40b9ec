"""Re-entry: a packaged app starts its workers from its own executable, and must then be a worker, not a window.

Every start of an app comes by here before anything else. So nothing is imported that is not needed.
"""

from __future__ import annotations

import os
import sys

from native_runtime.processes.reentry import is_runtime_command

_HELPERS = ("from multiprocessing.", "import sys; from multiprocessing.")


def bootstrap() -> None:
    """Call this as the very first statement of the app's `__main__`, before any import of a GUI.

    If this process was started to run a runtime command (`queue:work …`, or any other of
    `native-runtime`), or as a child of `multiprocessing`, does that and exits. Else returns at once and
    leaves the app to start.
    """
    _give_standard_streams()
    _serve_multiprocessing()
    if len(sys.argv) > 1 and is_runtime_command(sys.argv[1]):
        from native_runtime.__main__ import main

        sys.exit(main())


def _serve_multiprocessing() -> None:
    """What `multiprocessing.freeze_support` is for, without the import of all it needs in every other start."""
    if not getattr(sys, "frozen", False):
        return
    words = sys.argv[1:]
    if "multiprocessing" in sys.modules or "--multiprocessing-fork" in words[:1]:
        # By name, or a freezer would see an import, and load the package in each start of each app.
        from importlib import import_module

        import_module("multiprocessing.spawn").freeze_support()
    # Its two helpers are started as an interpreter would be, with one line of code.
    code = words[words.index("-c") + 1 :][:1] if "-c" in words else []
    if code and code[0].startswith(_HELPERS):
        exec(code[0], {})  # noqa: S102 - the standard library's own line
        sys.exit()


def _give_standard_streams() -> None:
    """A windowed build on Windows has no standard streams, and the first `print` of any library would raise."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - pathlib costs 5 ms; open for good
