"""`native-runtime …` and `python -m native_runtime …`: the lean way for what a runtime starts, the CLI for all else."""

from __future__ import annotations

import io
import sys

from native_runtime.processes.reentry import PYTHON, is_packaged

# As type checkers know it: what comes by here before anything else goes without typing's milliseconds.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

WORK: Final = "queue:work"
APP_COMMAND: Final = "runtime:command"
GUARDIAN: Final = "runtime:guardian"  # only in packaged builds; elsewhere it is started without site-packages


def main() -> int:
    """Run one command; returns its exit code: 0 done, 1 failed, 2 wrong usage."""
    command, *rest = sys.argv[1:] or [""]
    if is_packaged():
        _speak_line_by_line()
    # Looked at before anything else is imported: a worker's start must not pay for click and rich.
    if command == WORK:
        from native_runtime.queue.lean_start import worker_command

        return worker_command()(rest)
    if command == APP_COMMAND:
        from native_runtime.app_command import main as run

        return run(rest)
    if command == PYTHON:
        from native_runtime.python_command import main as python

        return python(rest)
    if command == GUARDIAN:
        from native_runtime.processes.guardian import main as guard

        guard(*rest)
        return 0
    return _command_line()


def _command_line() -> int:
    try:
        from native_runtime.cli.interrupts import nothing_to_undo

        with nothing_to_undo():
            from native_runtime.cli.main import main as command_line
        return command_line(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anything to tell it better
        sys.stderr.write("native-runtime: interrupted\n")
        return 1


def _speak_line_by_line() -> None:
    """As the app tells its children by PYTHONUNBUFFERED and PYTHONIOENCODING, of which a packaged one hears nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a windowed build has none
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


if __name__ == "__main__":
    sys.exit(main())
