"""`runtime:python`: does what `python` would, in a packaged app that has no interpreter beside it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from native_runtime.processes.reentry import PYTHON

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE: Final = 2
_FLAGS: Final = frozenset("bBdEiIOPqsSuvx")  # of `python`; all but -u mean nothing in a bundle
_EXPECTED: Final = "expected -m MODULE, -c CODE or a script"


def main(arguments: Sequence[str]) -> int:
    """Run `-m MODULE …`, `-c CODE …` or `SCRIPT …`; what it raises, leaves this too.

    Flags of the interpreter may stand before, as for `python`. A bundle holds only the modules that it was built with.

    Returns:
        0, or 2 if the arguments make no sense. A program that leaves by `sys.exit` leaves this, too.
    """
    rest = list(arguments)
    while rest and (taken := _flags(rest)):
        del rest[:taken]
    if not rest or (rest[0] in {"-m", "-c"} and len(rest) == 1):
        return _refuse(f"{_EXPECTED}, got nothing of it")
    if rest[0] == "-m":
        return _run_module(rest[1], rest[2:])
    if rest[0] == "-c":
        return _run_code(rest[1], rest[2:])
    if rest[0].startswith("-"):
        return _refuse(f"{_EXPECTED}, got {rest[0]}")
    return _run_script(rest)


def _flags(rest: Sequence[str]) -> int:
    """How many of the words are a flag of the interpreter; -u is heeded, the others mean nothing here."""
    word = rest[0]
    if word in {"-X", "-W"}:
        return 2
    if len(word) > 1 and word[0] == "-" and (word[1] in "XW" or set(word[1:]) <= _FLAGS):
        return 1
    return 0


def _run_module(module: str, arguments: list[str]) -> int:
    import runpy

    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as `python -m` does
    if not _is_there(module):
        return _refuse(f"there is no module {module}; name it to the freezer when the app is built")
    sys.argv[:] = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    return 0


def _is_there(module: str) -> bool:
    """Whether a module can be found; its parents are imported, and raise what they raise."""
    from importlib.util import find_spec

    try:
        return find_spec(module) is not None
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(f"{error.name}."):
            raise
        return False


def _run_code(code: str, arguments: list[str]) -> int:
    sys.argv[:] = ["-c", *arguments]
    main_module = sys.modules["__main__"]
    exec(compile(code, "<string>", "exec"), main_module.__dict__)  # noqa: S102 - what `python -c` is
    return 0


def _run_script(command: list[str]) -> int:
    import runpy

    script = command[0]
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))  # noqa: PTH100, PTH120 - as `python SCRIPT` does
    sys.argv[:] = command
    runpy.run_path(script, run_name="__main__")
    return 0


def _refuse(problem: str) -> int:
    print(f"{PYTHON}: {problem}", file=sys.stderr)  # noqa: T201 - the process's own output
    return USAGE
