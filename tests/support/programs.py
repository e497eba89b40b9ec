"""How to start the tiny programs in tests/programs, each named after its misbehaviour."""

from __future__ import annotations

import sys
from pathlib import Path

from native_runtime.processes.spec import DEFAULT_STOP_TIMEOUT, ChildSpec

# Seconds. On Windows short, because not every Windows can ask: Wine has no CTRL_BREAK for a process without a window.
GRACE = 0.5 if sys.platform == "win32" else DEFAULT_STOP_TIMEOUT
PROGRAMS = Path(__file__).parents[1] / "programs"


def program(name: str, *args: str) -> tuple[str, ...]:
    """The command that runs one of tests/programs."""
    return (sys.executable, "-S", "-u", str(PROGRAMS / f"{name}.py"), *args)


def spec(child: str, *command: str, **fields: object) -> ChildSpec:
    """A spec for one of tests/programs; `command` is the program's name and its arguments."""
    fields.setdefault("stop_timeout", GRACE)
    return ChildSpec(name=child, command=program(*command), **fields)  # type: ignore[arg-type]
