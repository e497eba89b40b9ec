"""The app as a program: its runtime, its window, and its end."""

from __future__ import annotations

import sys
from pathlib import Path

from native_runtime import NativeRuntimeError, Runtime
from native_runtime.desktop.run import run_app

from new_app.window import open_window

TITLE = "New App"


def main() -> int:
    """Run the app until its window is closed; a second launch shows the window of the first.

    Returns:
        0, or 1 if it could not start; the reason is on stderr.

    """
    try:
        runtime = Runtime.from_config(config_file())
        run_app(
            runtime,
            title=TITLE,
            headless="--headless" in sys.argv[1:],
            window=lambda leaving: open_window(runtime, TITLE, leaving),
        )
    except NativeRuntimeError as error:
        print(f"{TITLE}: {error}", file=sys.stderr)
        return 1
    return 0


def config_file() -> Path:
    """Find workers.toml: beside the package; in a packaged build, in the folder of its files."""
    bundle = getattr(sys, "_MEIPASS", None)
    return (Path(bundle) if bundle else Path(__file__).parents[1]) / "workers.toml"
