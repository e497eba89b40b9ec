"""Commands of an app's own, as its job module would define them."""

import os
import sys
import time

from native_runtime import command
from tests.support import jobs


@command("photo:scan")
def scan(arguments: list[str]) -> None:
    """Print what it was given."""
    print(os.getpid(), *arguments, flush=True)


@command("photo:exit")
def leave(arguments: list[str]) -> int:
    """Leave with a code."""
    return int(arguments[0])


@command("photo:fail")
def fail(_arguments: list[str]) -> None:
    """Raise."""
    raise RuntimeError("the scanner is unplugged")


@command("photo:watch")
def watch(_arguments: list[str]) -> None:
    """Stay."""
    print("watching", flush=True)
    time.sleep(3600)


@command("photo:dispatch")
def dispatch(arguments: list[str]) -> None:
    """Store a job and wait for what a worker makes of it."""
    first, second = map(int, arguments)
    print(jobs.add.dispatch(first, b=second).result(timeout=60), file=sys.stdout, flush=True)
